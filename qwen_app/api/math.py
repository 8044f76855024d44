"""POST /v1/math/solve and /v1/math/check: problems solved and solutions checked line by line."""

import asyncio
import time
from collections.abc import Callable, Iterator
from functools import partial

from fastapi.responses import Response
from pydantic import BaseModel
from starlette.requests import Request

from qwen_app.api.body import read_body
from qwen_app.api.connection import while_connected
from qwen_app.api.convert import check_model
from qwen_app.api.math_answers import mark_body, solution_body, work_body
from qwen_app.api.math_bodies import CheckRequest, SolveRequest
from qwen_app.api.metrics import Metrics
from qwen_app.api.settings import ApiSettings
from qwen_app.engine.base import Engine
from qwen_app.errors import InvalidInput
from qwen_app.features.tutor.checking.checker import Checker
from qwen_app.features.tutor.events import Checked, Event, Solved
from qwen_app.features.tutor.solving.hints import hints
from qwen_app.features.tutor.solving.running import AT_ONCE, Endable, last_event
from qwen_app.features.tutor.solving.solve import solve
from qwen_app.features.tutor.solving.task import Engine as Generator
from qwen_app.features.tutor.solving.task import TutorTask, check_problem
from qwen_app.features.tutor.solving.work import WorkTask, check_work
from qwen_app.messages import Receipt


class MathRoute:
    """The handlers, around one engine and one checker, which the caller closes."""

    def __init__(
        self, engine: Engine, checker: Checker, settings: ApiSettings, metrics: Metrics
    ) -> None:
        self._engine, self._checker = engine, checker
        self._settings, self._metrics = settings, metrics
        self._places = asyncio.Semaphore(AT_ONCE)

    async def solve(self, request: Request) -> Response:
        body = await read_body(request, SolveRequest, self._settings.max_body_bytes)
        return _json(await while_connected(request.receive, self._solve(body)))

    async def check(self, request: Request) -> Response:
        body = await read_body(request, CheckRequest, self._settings.max_body_bytes)
        _check(body)
        work = self._mark(body) if body.steps is None else self._look(body, body.steps)
        return _json(await while_connected(request.receive, work))

    async def _solve(self, body: SolveRequest) -> BaseModel:
        info = self._engine.info
        check_model(body.model, info)
        if body.solutions is not None and body.solutions > self._settings.max_n:
            raise InvalidInput(
                f"`solutions` is {body.solutions}; this server writes at most"
                f" {self._settings.max_n} of a problem.",
                f"`solutions` 为 {body.solutions}；此服务器每道题最多写出"
                f" {self._settings.max_n} 个解答。",
                param="solutions",
            )
        given = {"temperature": body.temperature, "seed": body.seed, "max_tokens": body.max_tokens}
        task = TutorTask(
            body.problem,
            body.language,
            guard=body.guard,
            rewrites=body.rewrites,
            solutions=body.solutions,
            limit=body.limit,
            overrides={name: value for name, value in given.items() if value is not None},
            deadline_s=self._settings.request_timeout_s,
        )
        task.check()
        event = await self._run(lambda engine: solve(engine, self._checker, task))
        assert isinstance(event, Solved)
        solution = event.solution
        given_hints = await asyncio.to_thread(hints, solution) if body.hints else None
        return solution_body(solution, info, given_hints)

    async def _look(self, body: CheckRequest, steps: str) -> BaseModel:
        info = self._engine.info if body.comment else None
        if info is not None:
            check_model(body.model, info)
        task = WorkTask(
            body.problem, steps, body.language, deadline_s=self._settings.request_timeout_s
        )
        task.check()

        def job(engine: Generator) -> Iterator[Event]:
            return check_work(self._checker, task, engine if body.comment else None)

        event = await self._run(job)
        assert isinstance(event, Checked)
        return work_body(event.work, info)

    async def _mark(self, body: CheckRequest) -> BaseModel:
        check_problem(body.problem, may_be_empty=body.expected is not None)
        async with self._places:
            expected = body.expected
            if expected is None:
                found = await asyncio.to_thread(self._checker.solve, body.problem)
                if found is None:
                    raise InvalidInput(
                        "The algebra system cannot solve this problem by itself: send the right"
                        " answer as `expected`.",
                        "代数系统无法自行求解这道题：请用 `expected` 给出正确答案。",
                        param="expected",
                    )
                expected = found.text
            compare = partial(
                self._checker.equivalent, body.answer or "", expected, body.problem or None
            )
            return mark_body(await asyncio.to_thread(compare), expected)

    async def _run(self, job: Callable[[Generator], Iterator[Event]]) -> Event:
        came = time.perf_counter()
        engine = Endable(self._engine)
        receipts: tuple[Receipt, ...] = ()
        failed = True
        try:
            async with self._places:
                event = await last_event(engine, job)
            if isinstance(event, Solved):
                receipts = event.solution.receipts
            elif isinstance(event, Checked):
                receipts = event.work.receipts
            failed = False
            return event
        except asyncio.CancelledError:
            failed = False  # the client left
            raise
        finally:
            if engine.choices:
                self._metrics.ended(
                    receipts,
                    missing=engine.choices - len(receipts),
                    failed=failed,
                    seconds=time.perf_counter() - came,
                )


def _check(body: CheckRequest) -> None:
    """Raises InvalidInput for fields that do not go together."""
    if (body.steps is None) == (body.answer is None):
        raise InvalidInput(
            "Send exactly one of `steps` and `answer`.",
            "请只发送 `steps` 与 `answer` 之一。",
            param="steps",
        )
    for name, is_sent in (("expected", body.expected is not None),):
        if is_sent and body.answer is None:
            raise InvalidInput(
                f"`{name}` goes with an `answer` only.", f"`{name}` 仅用于 `answer`。", param=name
            )
    for name, is_sent in (("comment", body.comment), ("language", body.language is not None)):
        if is_sent and body.steps is None:
            raise InvalidInput(
                f"`{name}` goes with `steps` only.", f"`{name}` 仅用于 `steps`。", param=name
            )


def _json(body: BaseModel) -> Response:
    return Response(body.model_dump_json(exclude_unset=True), media_type="application/json")
