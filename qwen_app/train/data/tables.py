"""Questions about tables with the queries that answer them, under the app's own prompts."""

import random
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import count

from qwen_app.features.tables.prompt import Turn, build_prompt
from qwen_app.features.tables.table import Column, Table
from qwen_app.messages import Message
from qwen_app.train.data.example import Language, Split
from qwen_app.train.data.pools import values
from qwen_app.train.data.table_asks import Ask, ask, typed
from qwen_app.train.data.table_draw import Drawn, Field, draw_table
from qwen_app.train.data.texts import read

_SHOWN_SHARE = 0.12
"""Of the tables: the one that the page shows as its example, whose questions must succeed."""
_OF_THE_SHOWN = ("extreme", "extreme_other", "average")
"""What half of its conversations ask, as the page's own questions do."""


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
    shown = rng.random() < _SHOWN_SHARE
    drawn = _shown(rng, language) if shown else draw_table(rng, language, "train")
    names = _OF_THE_SHOWN if shown and rng.random() < 0.5 else None
    asks = [_ask(drawn, rng, "train", names) for _ in range(rng.choice((3, 4, 4, 5, 6)))]
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


def _ask(
    drawn: Drawn, rng: random.Random, split: Split, names: Collection[str] | None = None
) -> Ask:
    asked = ask(drawn, rng, split, names)
    return Ask(asked.intent, typed(asked.question, rng, drawn.language).strip(), asked.query)


def _shown(rng: random.Random, language: Language) -> Drawn:
    """The page's example; for English questions mostly one like it, of other people."""
    content = read("columns")
    people: tuple[str, ...] = ("张三", "李四", "王五")
    ages: tuple[int, ...] = (28, 32, 25)
    cities: tuple[str, ...] = ("杭州", "北京", "深圳")
    names = ("姓名", "年龄", "城市")
    if language == "en" and rng.random() < 0.8:
        names = rng.choice((("name", "age", "city"), ("Name", "Age", "City")))
        people, cities = (tuple(values(pool, 3, rng, "en", "train")) for pool in ("person", "city"))
        ages = tuple(rng.sample(range(16, 70), 3))
    else:
        language = "zh"
    measure, city = (
        content["measures"]["age"][language],
        content["categories"]["city"][language],
    )
    texts = tuple(map(str, ages))
    unit = "岁" if language == "zh" else ""
    fields = (
        Field("name", Column(names[0], names[0], "text", people, people), names[0], {}),
        Field(
            "measure", Column(names[1], names[1], "integer", texts, ages), names[1], measure, unit
        ),
        Field("category", Column(names[2], names[2], "text", cities, cities), names[2], city),
    )
    table = Table(tuple(field.column for field in fields))
    return Drawn(table, fields, language, content["entities"]["person"][language], who=True)
