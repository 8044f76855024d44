"""POST /v1/math/solve and /v1/math/check."""

import asyncio
import threading
from collections.abc import Iterator

import httpx
import pytest

from qwen_app.api.app import build_api
from qwen_app.api.settings import ApiSettings
from qwen_app.engine.scripted import ScriptedEngine
from qwen_app.errors import EngineBusy, ModelLoading
from qwen_app.features.tutor.checking.checker import Checker
from qwen_app.messages import Request
from tests.api.support import Json, eventually

SOLVE, CHECK = "/v1/math/solve", "/v1/math/check"
PROBLEM = "解方程 2x + 5 = 17"
GOOD = "1. 2x = 17 - 5 = 12\n2. x = 12 ÷ 2 = 6\n\n答案：**x = 6**"


@pytest.fixture(scope="module")
def checker() -> Iterator[Checker]:
    with Checker(limit_s=20) as checker:
        yield checker


def client(engine: ScriptedEngine, checker: Checker) -> httpx.AsyncClient:
    app = build_api(engine, ApiSettings(max_n=8), checker=checker)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test", timeout=60)


async def post(
    checker: Checker, path: str, body: Json, engine: ScriptedEngine | None = None
) -> tuple[int, Json]:
    async with client(engine or ScriptedEngine(lambda _: GOOD), checker) as http:
        response = await http.post(path, json=body)
        return response.status_code, response.json()


async def test_a_solution_with_every_line_judged(checker: Checker) -> None:
    engine = ScriptedEngine(lambda _: GOOD)
    status, body = await post(checker, SOLVE, {"problem": PROBLEM, "hints": True}, engine)
    assert status == 200, body
    assert (body["object"], body["model"], body["language"]) == ("math.solution", "scripted", "zh")
    assert (body["answer"], body["state"], body["text"]) == ("x = 6", "verified", GOOD)
    assert body["verdict"]["status"] == "right"
    assert [(line["role"], line["status"]) for line in body["lines"]] == [
        ("step", "holds"),
        ("step", "holds"),
        ("answer", "holds"),
    ]
    (start, end) = body["lines"][0]["computed"][0]
    assert body["lines"][0]["text"][start:end] == "12"
    assert body["reference"]["text"] == "x = 6"
    assert [hint["gives_answer"] for hint in body["hints"]] == [False, False, False, True]
    assert body["receipts"][0]["model"] == "scripted"
    assert engine.requests[0].deadline_s == ApiSettings().request_timeout_s
    status, without = await post(checker, SOLVE, {"problem": PROBLEM, "language": "en"}, engine)
    assert "hints" not in without
    assert without["language"] == "en"


async def test_a_problem_in_words_says_how_solutions_agree(checker: Checker) -> None:
    text = "12 - 5 = 7\n\n答案：**7** 个"
    body = {"problem": "有 12 个苹果，吃了 5 个，还剩几个？", "solutions": 3}
    _, answer = await post(checker, SOLVE, body, ScriptedEngine(lambda _: text))
    assert answer["agreement"] == {"drawn": 3, "sound": 3, "agreeing": 3, "others": []}
    assert answer["state"] == "partly"
    assert answer["reference"] is None
    assert len(answer["receipts"]) == 3


async def test_steps_are_checked_without_a_model(checker: Checker) -> None:
    engine = ScriptedEngine()
    engine.refusal = ModelLoading("loading", "加载中")
    body = {"problem": PROBLEM, "steps": "2x = 17 - 5 = 13\nx = 6.5"}
    status, answer = await post(checker, CHECK, body, engine)
    assert status == 200, answer
    assert (answer["first_wrong"], answer["model"], answer["comment"]) == (0, None, None)
    assert "12" in answer["explanation"]["en"]
    assert "12" in answer["explanation"]["zh"]
    assert answer["verdict"]["status"] == "wrong"
    assert answer["lines"][0]["findings"][-1]["expected"] == "12"
    right = {"problem": PROBLEM, "steps": "2x = 12\nx = 6"}
    status, answer = await post(checker, CHECK, right, engine)
    assert (answer["state"], answer["first_wrong"]) == ("verified", None)
    assert (answer["verdict"]["status"], answer["explanation"]) == ("right", None)


async def test_a_comment_by_the_model(checker: Checker) -> None:
    body = {"problem": PROBLEM, "steps": "2x = 22", "comment": True}
    _, answer = await post(checker, CHECK, body, ScriptedEngine(lambda _: "再想想。"))
    assert (answer["comment"], answer["model"]) == ("再想想。", "scripted")
    assert answer["receipt"]["model"] == "scripted"


@pytest.mark.parametrize(
    ("answer", "match", "status"),
    [("x = 6", "equal", "right"), ("6", "equal", "right"), ("7", "different", "wrong")],
)
async def test_a_final_answer_is_marked(
    checker: Checker, answer: str, match: str, status: str
) -> None:
    code, body = await post(checker, CHECK, {"problem": PROBLEM, "answer": answer})
    assert code == 200, body
    assert (body["equivalence"]["match"], body["verdict"]["status"]) == (match, status)
    assert body["expected"] == "x = 6"


async def test_a_final_answer_against_the_one_that_is_sent(checker: Checker) -> None:
    _, body = await post(checker, CHECK, {"answer": "2/4", "expected": "0.5"})
    assert body["equivalence"]["is_right"]


@pytest.mark.parametrize(
    ("path", "body", "param"),
    [
        (SOLVE, {}, "problem"),
        (SOLVE, {"problem": " "}, "problem"),
        (SOLVE, {"problem": "x" * 2001}, "problem"),
        (SOLVE, {"problem": PROBLEM, "solutions": 9}, "solutions"),
        (SOLVE, {"problem": PROBLEM, "limit": 5}, "limit"),
        (SOLVE, {"problem": PROBLEM, "temperature": 3}, "temperature"),
        (SOLVE, {"problem": PROBLEM, "steps": "x"}, "steps"),
        (SOLVE, {"problem": PROBLEM, "language": "fr"}, "language"),
        (CHECK, {"problem": PROBLEM}, "steps"),
        (CHECK, {"problem": PROBLEM, "steps": "x = 6", "answer": "6"}, "steps"),
        (CHECK, {"problem": PROBLEM, "steps": " "}, "steps"),
        (CHECK, {"problem": PROBLEM, "steps": "x = 6", "expected": "6"}, "expected"),
        (CHECK, {"problem": PROBLEM, "answer": "6", "comment": True}, "comment"),
        (CHECK, {"problem": "有几个苹果？", "answer": "6"}, "expected"),
        (CHECK, {"answer": "6"}, "problem"),
    ],
)
async def test_a_bad_body_is_a_400_that_names_the_field(
    checker: Checker, path: str, body: Json, param: str
) -> None:
    status, answer = await post(checker, path, body)
    assert (status, answer["error"]["param"]) == (400, param), answer


async def test_other_models_are_not_found(checker: Checker) -> None:
    status, answer = await post(checker, SOLVE, {"problem": PROBLEM, "model": "gpt-4"})
    assert (status, answer["error"]["code"]) == (404, "model_not_found")


async def test_a_busy_engine_is_a_503(checker: Checker) -> None:
    engine = ScriptedEngine()
    engine.refusal = EngineBusy("busy", "忙")
    status, answer = await post(checker, SOLVE, {"problem": PROBLEM}, engine)
    assert (status, answer["error"]["code"]) == (503, "engine_busy")


async def test_a_client_that_leaves_ends_the_work(checker: Checker) -> None:
    engine = ScriptedEngine(lambda _: GOOD, gate=threading.Semaphore(0))
    async with client(engine, checker) as http:
        asking = asyncio.create_task(http.post(SOLVE, json={"problem": PROBLEM}))
        await asyncio.to_thread(eventually, lambda: engine.requests)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
    await asyncio.to_thread(eventually, lambda: engine.cancelled)
    engine.close()


async def test_choices_are_counted(checker: Checker) -> None:
    def script(request: Request) -> str:
        return GOOD if not request.sampling.stop else ""

    async with client(ScriptedEngine(script), checker) as http:
        await http.post(SOLVE, json={"problem": PROBLEM, "solutions": 3})
        metrics = (await http.get("/metrics")).text
    assert 'qwen_choices_total{finish_reason="stop"} 3.0' in metrics
