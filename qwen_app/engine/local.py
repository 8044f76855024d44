"""The engine that runs the model in this process."""

import json
import logging
import secrets
import time
from collections.abc import Sequence as Seq
from dataclasses import fields, replace

import qwen_app.decoding.json_schema.constraint
import qwen_app.decoding.tool_constraint  # noqa: F401  both register with `start`
from qwen_app.decoding.constraint import Constraint, Supervisor, start
from qwen_app.engine.answer import Answer, AnswerLimits
from qwen_app.engine.base import EngineState, EngineStats, ModelInfo
from qwen_app.engine.blocks import block_digests
from qwen_app.engine.inbox import Inbox, Ticket, closed
from qwen_app.engine.sequence import Sequence
from qwen_app.engine.stream import Stream
from qwen_app.engine.worker import Worker
from qwen_app.errors import ContextTooLong, InvalidInput
from qwen_app.messages import Prompt, Request, SamplingParams
from qwen_app.text.tokenizer import Tokenizer

log = logging.getLogger(__name__)


class LocalEngine:
    """Implements `qwen_app.engine.base.Engine` with one worker a device behind one queue.

    What can be refused is refused in the caller's thread, before a place in the queue is taken:
    the prompt is tokenized and the constraint compiled there.

    Args:
        workers: not started yet; all serve the same model.
        inbox: the queue that they take from.
        end_ids: the model's own end tokens.
    """

    def __init__(
        self,
        info: ModelInfo,
        tokenizer: Tokenizer,
        inbox: Inbox,
        workers: Seq[Worker],
        *,
        end_ids: frozenset[int],
    ) -> None:
        self._info = info
        self._tokenizer = tokenizer
        self._inbox = inbox
        self.workers = list(workers)
        self._end_ids = end_ids
        for worker in self.workers:
            worker.start()

    @property
    def info(self) -> ModelInfo:
        return self._info

    @property
    def tokenizer(self) -> Tokenizer:
        return self._tokenizer

    @property
    def state(self) -> EngineState:
        stats = self.stats
        return EngineState("ready", 1.0, running=stats.running, waiting=stats.waiting)

    @property
    def stats(self) -> EngineStats:
        parts = [worker.stats for worker in self.workers]
        total = EngineStats(
            **{f.name: sum(getattr(part, f.name) for part in parts) for f in fields(EngineStats)}
        )
        return replace(total, waiting=total.waiting + len(self._inbox))

    def count_tokens(self, prompt: Prompt) -> int:
        return len(self._tokenizer.render(prompt))

    def stream(self, request: Request) -> Stream:
        submitted = time.perf_counter()
        tools = None if request.tools is None else json.loads(request.tools)
        prompt = self._tokenizer.render(
            request.prompt, tools=tools, continue_final=request.continue_final
        )
        room = self._info.context_length - len(prompt)
        if not prompt:
            raise InvalidInput(
                "The prompt is empty: write at least one character.",
                "提示词为空：请至少写一个字符。",
                param="prompt",
            )
        if room < 1:
            raise ContextTooLong(
                f"The prompt has {len(prompt)} tokens, and the context holds "
                f"{self._info.context_length} with at least one for the answer. "
                "Shorten the prompt, or leave out older messages.",
                f"提示词有 {len(prompt)} 个 token，而上下文最多容纳 {self._info.context_length} 个"
                "（还要为回答留出至少一个）。请缩短提示词，或去掉较早的消息。",
                param="messages",
            )
        if not 1 <= request.n <= 128:
            raise InvalidInput(
                f"n must be between 1 and 128, got {request.n}.",
                f"n 必须在 1 到 128 之间，收到 {request.n}。",
                param="n",
            )
        ticket = Ticket(request, self._answers(request, prompt, room, submitted), self._inbox.wake)
        stream = ticket.open()
        ticket.preferred = self._preferred(prompt)
        self._inbox.put(ticket)
        return stream

    def close(self) -> None:
        for ticket in self._inbox.close():
            if (stream := ticket.stream) is not None:
                stream.finish(closed())
        for worker in self.workers:
            worker.join(timeout=30)

    def _answers(
        self, request: Request, prompt: list[int], room: int, submitted: float
    ) -> list[Answer]:
        sampling = request.sampling
        seed = sampling.seed if sampling.seed is not None else secrets.randbelow(2**31)
        ends = set(sampling.stop_token_ids)
        if not sampling.ignore_eos:
            ends |= self._end_ids
        limits = AnswerLimits(
            max_tokens=min(room, sampling.max_tokens or room), end_ids=frozenset(ends)
        )
        answers: list[Answer] = []
        for index in range(request.n):
            constraint: Constraint | None = None
            if request.constraint is not None:
                constraint = start(request.constraint, self._tokenizer)
                if isinstance(constraint, Supervisor):
                    self._check_ends(sampling)
                    constraint.limit(limits.max_tokens)
            leader = answers[0].sequence if answers else None
            answers.append(
                Answer(
                    index,
                    Sequence(list(prompt), len(prompt), leader),
                    sampling=replace(sampling, seed=seed + index),
                    limits=limits,
                    tokenizer=self._tokenizer,
                    info=self._info,
                    constraint=constraint,
                    submitted=submitted,
                )
            )
        return answers

    def _check_ends(self, sampling: SamplingParams) -> None:
        """Raises:
        InvalidInput: an end of the caller's own could cut the answer anywhere.
        """
        names = {"stop": bool(sampling.stop)}
        names["stop_token_ids"] = any(
            id_ not in self._tokenizer.special_ids for id_ in sampling.stop_token_ids
        )
        for name, given in names.items():
            if given:
                raise InvalidInput(
                    f"{name} could cut the JSON document in the middle; leave it out. The answer "
                    "ends by itself when the document is complete.",
                    f"{name} 可能会把 JSON 文档从中间截断，请去掉它。文档完整后回答会自动结束。",
                    param=name,
                )

    def _preferred(self, prompt: list[int]) -> int | None:
        """The worker with the longest cached prefix, if there is a choice and any has one."""
        if len(self.workers) == 1:
            return None
        pool = self.workers[0].scheduler.pool
        digests = block_digests(prompt, pool.block_size)
        known = [worker.cached_prefix(digests) for worker in self.workers]
        return known.index(max(known)) if max(known) else None
