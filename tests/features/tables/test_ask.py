"""From a question to an answer: what is drawn, and how the result is chosen."""

from collections.abc import Iterator

import pytest

from qwen_app.decoding.grammar import Lark
from qwen_app.engine.scripted import ScriptedEngine
from qwen_app.errors import ContextTooLong, EngineBusy, GenerationFailed, InvalidInput
from qwen_app.features.tables.ask import QUERY_TOKENS, TableAnswer, TableTask, ask, greedy
from qwen_app.features.tables.prompt import Turn
from qwen_app.features.tables.table import Table
from qwen_app.features.tables.unverified import TableTextTask, path_of
from qwen_app.features.task import Prepared
from qwen_app.messages import Message, Request, SamplingParams
from tests.features.tables.making import PEOPLE, column

YOUNGEST = 'SELECT "姓名", "年龄" FROM t ORDER BY "年龄" LIMIT 1'
SAME = 'SELECT "姓名", "年龄" FROM t WHERE "年龄" = (SELECT MIN("年龄") FROM t)'
OLDEST = 'SELECT "姓名", "年龄" FROM t ORDER BY "年龄" DESC LIMIT 1'
NOTHING = 'SELECT "姓名" FROM t WHERE "年龄" > 99'
WRONG = 'SELECT SUM("姓名") FROM t'
TASK = TableTask(PEOPLE, "谁是最年轻的人？")


def prepare(task: TableTask | TableTextTask, context_length: int = 4096) -> Prepared:
    engine = ScriptedEngine()
    return task.prepare(
        defaults=SamplingParams(repetition_penalty=1.3, stop_token_ids=(7,)),
        context_length=context_length,
        count_tokens=engine.count_tokens,
    )


@pytest.fixture
def engine() -> Iterator[ScriptedEngine]:
    made = ScriptedEngine(lambda _: YOUNGEST)
    yield made
    made.close()


def test_one_batch_with_the_likeliest_query(engine: ScriptedEngine) -> None:
    prepared = prepare(TASK)
    answer = ask(engine, TASK, prepared)
    first, rest = engine.requests
    assert (first.n, first.sampling.temperature) == (1, 0.0)
    assert (rest.n, rest.sampling.temperature) == (6, 0.7)
    assert first.prompt == rest.prompt
    assert isinstance(rest.constraint, Lark)
    assert rest.sampling.repetition_penalty == 1.0
    assert rest.sampling.stop_token_ids == (7,)
    assert answer.drawn == 7
    assert len(answer.receipts) == 7


def test_agreement(engine: ScriptedEngine) -> None:
    answer = ask(engine, TASK, prepare(TASK))
    assert answer.status == "agreed"
    assert answer.confidence == 1
    assert answer.sentence is not None
    assert answer.sentence.text == "王五，年龄 25 岁。"
    assert answer.sentence.cells == ((2, "姓名"), (2, "年龄"))
    assert answer.verdict.status == "right"
    assert answer.turn == Turn("谁是最年轻的人？", YOUNGEST)
    assert answer.alternatives == ()


def test_different_queries_with_one_result_agree() -> None:
    answer = TASK.choose([SAME, YOUNGEST, YOUNGEST, OLDEST])
    assert answer.status == "agreed"
    assert answer.confidence == 0.75
    assert answer.chosen is not None
    assert answer.chosen.query == SAME  # the likeliest of them
    assert [other.query for other in answer.alternatives] == [OLDEST]


def test_the_most_votes_win_over_the_likeliest_query() -> None:
    answer = TASK.choose([OLDEST, YOUNGEST, SAME, SAME])
    assert answer.chosen is not None
    assert answer.chosen.query == SAME
    assert not answer.chosen.is_greedy
    assert answer.status == "agreed"


def test_without_a_majority_the_alternatives_are_offered() -> None:
    answer = TASK.choose([YOUNGEST, OLDEST, WRONG, NOTHING])
    assert answer.status == "disagreed"
    assert answer.verdict.status == "unchecked"
    assert answer.chosen is not None
    assert answer.chosen.query == YOUNGEST
    assert [other.query for other in answer.alternatives] == [OLDEST, NOTHING]
    assert len(answer.failures) == 1
    assert "NUMBER" in answer.failures[0].en


def test_an_empty_result_is_not_an_answer() -> None:
    answer = TASK.choose([NOTHING, NOTHING, NOTHING, YOUNGEST])
    assert answer.status == "disagreed"
    assert answer.chosen is not None
    assert answer.chosen.query == YOUNGEST
    assert answer.alternatives[0].result.is_empty


@pytest.mark.parametrize(
    "texts", [[], [""], [WRONG, WRONG], [NOTHING], ["garbage", "SELECT", "💣" * 99]]
)
def test_nothing_to_answer_with(texts: list[str]) -> None:
    answer = TASK.choose(texts)
    assert answer.status == "failed"
    assert answer.chosen is None
    assert answer.turn is None
    assert answer.verdict.status == "unchecked"


def test_a_query_that_was_cut_off_is_none() -> None:
    engine = ScriptedEngine(lambda _: YOUNGEST + " " * 2000)
    answer = ask(engine, TASK, prepare(TASK))
    engine.close()
    assert answer.status == "failed"


def test_errors_of_the_engine_are_raised_and_the_other_request_ends() -> None:
    engine = ScriptedEngine(
        lambda request: GenerationFailed("broken", "坏了") if request.n == 1 else YOUNGEST
    )
    with pytest.raises(GenerationFailed):
        ask(engine, TASK, prepare(TASK))
    engine.close()
    engine.refusal = EngineBusy("full", "已满")
    with pytest.raises(EngineBusy):
        ask(engine, TASK, prepare(TASK))


def test_the_likeliest_query_alone() -> None:
    request = Request("x", SamplingParams(temperature=0.7), n=5)
    assert greedy(request) == Request("x", SamplingParams(temperature=0.0))
    engine = ScriptedEngine(lambda _: YOUNGEST)
    task = TableTask(PEOPLE, "谁？", samples=0)
    answer: TableAnswer = ask(engine, task, prepare(task))
    engine.close()
    assert answer.drawn == 1


@pytest.mark.parametrize("question", ["", "  \n", "x" * 1001])
def test_questions_that_are_none(question: str) -> None:
    with pytest.raises(InvalidInput):
        prepare(TableTask(PEOPLE, question))


def test_earlier_turns_are_left_out_until_the_prompt_fits() -> None:
    turns = tuple(Turn("q" * 100, "SELECT 1") for _ in range(3))
    task = TableTask(PEOPLE, "谁？", turns)
    whole = prepare(task)
    assert whole.dropped == 0
    size = sum(len(m.content) for m in whole.request.prompt if isinstance(m, Message))
    assert prepare(task, size + QUERY_TOKENS - 1).dropped == 1
    with pytest.raises(ContextTooLong):
        prepare(task, QUERY_TOKENS + 50)


# --- without a query ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "path"),
    [
        ("谁是最年轻的人？", "query"),
        ("How many films are there?", "query"),
        ("总结一下这张表", "text"),
        ("IPA 是什么意思？", "text"),
        ("Summarize the table", "text"),
        ("What does GDP mean?", "text"),
        ("What is the mean age?", "query"),
    ],
)
def test_which_way_a_question_goes(question: str, path: str) -> None:
    assert path_of(question) == path


def test_free_text_is_marked_as_not_checked() -> None:
    task = TableTextTask(PEOPLE, "总结一下")
    prepared = prepare(task)
    assert prepared.request.constraint is None
    system = prepared.request.prompt[0]
    assert isinstance(system, Message)
    assert "李四 | 32 | 北京" in system.content
    assert task.verify("随便").status == "unchecked"


def test_free_text_sees_as_many_rows_as_fit() -> None:
    table = Table((column("c", "text", ["x" * 50] * 100),))
    prepared = prepare(TableTextTask(table, "总结一下"), 1200)
    system = prepared.request.prompt[0]
    assert isinstance(system, Message)
    assert 1 <= system.content.count("x" * 50) < 30
    assert "… (100)" in system.content
    with pytest.raises(ContextTooLong):
        prepare(TableTextTask(table, "总结一下"), 80)
