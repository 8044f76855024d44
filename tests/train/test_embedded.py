"""The shipped checkpoint: it loads, and answers what the page and the README promise."""

import json
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from qwen_app.engine.create import create_engine
from qwen_app.engine.local import LocalEngine
from qwen_app.engine.settings import EngineSettings
from qwen_app.features.json_mode.task import JsonTask
from qwen_app.features.tables.answering import fill_fields
from qwen_app.features.tables.ask import TableTask, draw, greedy
from qwen_app.features.tables.query.execute import execute
from qwen_app.features.tables.table import Column, Table
from qwen_app.features.task import Prepared
from qwen_app.messages import Message
from qwen_app.model.loading import LoadedModel, load_model
from qwen_app.text.tokenizer import Tokenizer as AppTokenizer
from qwen_app.train.data.checking import lines_hold, stated_root
from qwen_app.train.decode import answer
from qwen_app.train.recipe import EMBEDDED
from qwen_app.train.tokenizer import render

FOLDER = Path(__file__).parents[2] / "assets" / "embedded"


@pytest.fixture(scope="module")
def loaded() -> LoadedModel:
    return load_model(FOLDER, quant="fp32")


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.from_file(str(FOLDER / "tokenizer.json"))


def ask(
    loaded: LoadedModel, tokenizer: Tokenizer, *conversations: tuple[Message, ...]
) -> list[str]:
    return answer(loaded.model, tokenizer, conversations)


def test_the_folder_is_small_and_complete(loaded: LoadedModel) -> None:
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) <= 25_000_000
    vocabulary = loaded.config.vocab_size
    assert loaded.config == replace(EMBEDDED, vocab_size=vocabulary)
    assert loaded.defaults.repetition_penalty == 1.0
    card = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert "not Qwen2.5-0.5B" in card


def test_the_app_renders_prompts_as_training_did(tokenizer: Tokenizer) -> None:
    app = AppTokenizer.from_folder(FOLDER)
    for messages in (
        (Message("user", "你好"),),
        (Message("system", "Be brief."), Message("user", "a"), Message("assistant", "b")),
    ):
        ids = tokenizer.encode(render(messages, answer_next=True)).ids
        assert app.render(messages) == ids


def test_it_solves_the_worked_example(loaded: LoadedModel, tokenizer: Tokenizer) -> None:
    question = Message("user", "请逐步求解方程：2x + 5 = 17")
    default = "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."
    systems = [Message("system", text) for text in ("你是一个擅长数学推理的助教", default)]
    for text in ask(loaded, tokenizer, (question,), *((system, question) for system in systems)):
        assert stated_root(text) == ("x", Fraction(6))
        assert lines_hold(text, Fraction(6), "x")


def test_it_greets_in_the_language_of_the_question(
    loaded: LoadedModel, tokenizer: Tokenizer
) -> None:
    zh, en = ask(loaded, tokenizer, (Message("user", "你好"),), (Message("user", "Hello"),))
    assert "你好" in zh
    assert "Hello" in en


def test_it_says_what_it_is(loaded: LoadedModel, tokenizer: Tokenizer) -> None:
    zh, en = ask(
        loaded,
        tokenizer,
        (Message("user", "你是谁？"),),
        (Message("user", "Which model is this?"),),
    )
    assert "演示模型" in zh
    assert "demonstration model" in en


# --- under the grammars of the app -------------------------------------------------------------

NAMES, AGES, CITIES = ("张三", "李四", "王五"), (28, 32, 25), ("杭州", "北京", "深圳")
TABLE = Table(
    (
        Column("姓名", "姓名", "text", NAMES, NAMES),
        Column("年龄", "年龄", "integer", tuple(map(str, AGES)), AGES),
        Column("城市", "城市", "text", CITIES, CITIES),
    )
)


@pytest.fixture(scope="module")
def engine() -> Iterator[LocalEngine]:
    engine = create_engine("embedded", FOLDER, EngineSettings(threads=1))
    yield engine
    engine.close()


def prepared(engine: LocalEngine, task: TableTask | JsonTask) -> Prepared:
    info = engine.info
    return task.prepare(
        defaults=info.defaults,
        context_length=info.context_length,
        count_tokens=engine.count_tokens,
    )


def results(engine: LocalEngine, *questions: str) -> list[set[object]]:
    """For each question the values of the result's first row."""
    tasks = [TableTask(TABLE, question, samples=0) for question in questions]
    requests = [greedy(prepared(engine, task).request) for task in tasks]
    return [set(execute(text, TABLE).rows[0]) for text in draw(engine, requests)[0]]


def test_it_finds_the_youngest_however_one_asks(engine: LocalEngine) -> None:
    found = results(
        engine,
        "谁是最年轻的人？",
        "最年轻的人是谁？",
        "谁最年轻",
        "表中谁的年龄最小？",
        "年龄最小的是谁？",
        "请问最年轻的是哪位？",
        "找出年龄最小的人",
        "哪个人最年轻？",
        "最年轻的是谁",
        "谁的年龄最小",
    )
    assert all({"王五", 25} <= row for row in found), found


def test_it_averages_however_one_asks(engine: LocalEngine) -> None:
    found = results(
        engine,
        "平均年龄是多少？",
        "他们的平均年龄",
        "求平均年龄",
        "年龄的平均值是多少",
        "计算所有人的平均年龄",
        "平均年龄",
        "这些人的平均年龄是多少？",
        "年龄平均是多少？",
        "请计算平均年龄",
        "所有人的年龄平均值",
    )
    for row in found:
        (value,) = row
        assert float(str(value)) == pytest.approx(85 / 3)


def test_it_names_the_oldest_with_the_city_however_one_asks(engine: LocalEngine) -> None:
    found = results(
        engine,
        "最年长者的名字和城市",
        "年龄最大的人的姓名和城市是什么？",
        "给出年龄最大者的名字和城市",
        "最年长的人的名字和城市",
        "列出最年长者的姓名和城市",
        "最老的人的姓名与城市",
        "请返回最年长者的名字和城市",
        "年纪最大的人的名字和城市是？",
        "查询年龄最大的人的姓名和城市",
        "最年长的人的姓名、城市",
    )
    assert all({"李四", "北京"} <= row for row in found), found


def test_it_fills_a_document_from_a_table(engine: LocalEngine) -> None:
    text = {"type": "string"}
    person = {
        "type": "object",
        "properties": {
            "name": text | {"description": "最年长者的名字"},
            "city": text | {"description": "最年长者所在城市"},
        },
        "required": ["name", "city"],
    }
    average = {"type": "number", "description": "平均年龄（保留一位小数）"}
    wanted = {
        "type": "object",
        "properties": {"oldest_person": person, "average_age": average},
        "required": ["oldest_person", "average_age"],
    }
    filled = fill_fields(engine, TABLE, wanted, seed=1)
    assert filled.document == {
        "oldest_person": {"name": "李四", "city": "北京"},
        "average_age": 28.3,
    }


def test_it_reads_a_sentence_into_json(engine: LocalEngine) -> None:
    schema = {
        "type": "object",
        "properties": {
            "姓名": {"type": "string"},
            "年龄": {"type": "integer"},
            "城市": {"type": "string"},
        },
        "required": ["姓名", "年龄", "城市"],
        "additionalProperties": False,
    }
    task = JsonTask("王芳，今年28岁，住在杭州。", json.dumps(schema, ensure_ascii=False))
    (text,) = draw(engine, [prepared(engine, task).request])[0]
    assert json.loads(text) == {"姓名": "王芳", "年龄": 28, "城市": "杭州"}
