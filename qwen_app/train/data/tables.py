"""Questions about tables with the queries that answer them, under the app's own prompts."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from qwen_app.features.tables.prompt import Turn, build_prompt
from qwen_app.features.tables.table import Column, Table
from qwen_app.messages import Message
from qwen_app.train.data.example import Language, Split
from qwen_app.train.data.table_asks import Ask, ask, typed
from qwen_app.train.data.table_draw import Drawn, Field, draw_table
from qwen_app.train.data.texts import read

_SHOWN_SHARE = 0.08
"""Of the tables: the one that the page shows as its example, whose questions must succeed."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question about a table with its gold query, in the app's language of queries."""

    table: Table
    question: str
    query: str
    intent: str
    language: Language


def draw_question(rng: random.Random, language: Language, split: Split) -> Question:
    drawn = draw_table(rng, language, split)
    asked = _ask(drawn, rng, split)
    return Question(drawn.table, asked.question, asked.query, asked.intent, language)


def questions(split: Split, seed: int = 7) -> Iterator[Question]:
    """Endless questions in both languages by turns; the same for the same seed."""
    for number in count():
        rng = random.Random(f"tables:{split}:{seed}:{number}")
        yield draw_question(rng, "zh" if number % 2 == 0 else "en", split)


def table_conversation(rng: random.Random, language: Language) -> tuple[Message, ...]:
    """Several questions about one table.

    Mostly the hints, which the app adds to the last question alone, stand with each question: that
    trains every question as if it were the last. The other conversations are exactly the app's.
    """
    drawn = _shown() if rng.random() < _SHOWN_SHARE else draw_table(rng, language, "train")
    asks = [_ask(drawn, rng, "train") for _ in range(rng.choice((3, 4, 4, 5, 6)))]
    if rng.random() < 0.2:
        asks = asks[:4]
        turns = [Turn(one.question, one.query) for one in asks[:-1]]
        messages = build_prompt(drawn.table, asks[-1].question, turns)
        return (*messages, Message("assistant", asks[-1].query))
    found: list[Message] = []
    for one in asks:
        system, user = build_prompt(drawn.table, one.question)
        found += [system] * (not found) + [user, Message("assistant", one.query)]
    return tuple(found)


def _ask(drawn: Drawn, rng: random.Random, split: Split) -> Ask:
    asked = ask(drawn, rng, split)
    return Ask(asked.intent, typed(asked.question, rng, drawn.language).strip(), asked.query)


def _shown() -> Drawn:
    content = read("columns")
    people = ("张三", "李四", "王五")
    ages, cities = (28, 32, 25), ("杭州", "北京", "深圳")
    measure, city = content["measures"]["age"]["zh"], content["categories"]["city"]["zh"]
    texts = tuple(map(str, ages))
    fields = (
        Field("name", Column("姓名", "姓名", "text", people, people), "姓名", {}),
        Field("measure", Column("年龄", "年龄", "integer", texts, ages), "年龄", measure, "岁"),
        Field("category", Column("城市", "城市", "text", cities, cities), "城市", city),
    )
    table = Table(tuple(field.column for field in fields))
    return Drawn(table, fields, "zh", content["entities"]["person"]["zh"], who=True)
