"""Generated tables: what they list, their columns under many names, typed values.

Half of the numeric and text columns have well-known names, of which people also speak without
naming them (年龄: 最年轻); the other half are composed or made up and can only be copied.
"""

import random
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from qwen_app.features.tables.table import Column, Kind, Table, Value
from qwen_app.train.data.example import Language, Split, is_held_out
from qwen_app.train.data.pools import code, date, made, value, values
from qwen_app.train.data.texts import read

Role = Literal["name", "measure", "category", "date"]

_CELL_UNITS = frozenset(
    ("岁", "cm", "kg", "km", "分钟", "分", "件", "公里", "米", "年", "人", "min", "m", "km/h")
)  # fmt: skip
"""Units that a cell may carry."""


@dataclass(frozen=True, slots=True)
class Field:
    """A column with what the phrasings need to know of it."""

    role: Role
    column: Column
    said: str
    """The column's name as people say it, without a unit in brackets."""
    words: dict[str, Any]
    """Of `columns.yaml`, in the table's language; empty for a composed name."""
    unit: str = ""

    @property
    def name(self) -> str:
        return self.column.name


@dataclass(frozen=True, slots=True)
class Drawn:
    """A table with the fields behind its columns, in their order."""

    table: Table
    fields: tuple[Field, ...]
    language: Language
    words: dict[str, Any]
    """Of the entity."""
    who: bool
    """Whether the rows are persons."""

    @property
    def name(self) -> Field:
        return next(field for field in self.fields if field.role == "name")

    def of(self, role: Role) -> list[Field]:
        return [field for field in self.fields if field.role == role]


_PEOPLE = 0.1
"""Tables of people with their ages, besides those that come by chance: what is asked most, and with
words ("the oldest") that mean the least in a column of years."""


def draw_table(rng: random.Random, language: Language, split: Split) -> Drawn:
    content = read("columns")
    has_age = rng.random() < _PEOPLE
    entities = [e for e in content["entities"].values() if not has_age or "age" in e["measures"]]
    entity = rng.choice(entities)
    rows = rng.choices((2, 3, 4, 5, 6, 8, 12, 20), weights=(4, 12, 16, 18, 18, 16, 12, 4))[0]
    used: set[str] = set()
    style = rng.choices(("title", "lower", "snake", "upper"), weights=(60, 25, 12, 3))[0]
    drawer = _Drawer(rng, language, split, style, rows, used)
    fields: list[Field | None] = [drawer.name(entity)]
    measures = rng.sample(entity["measures"], min(len(entity["measures"]), rng.randint(0, 2)))
    if has_age:
        measures = ["age", *(which for which in measures if which != "age")][:2]
    fields += [drawer.measure(content["measures"][which]) for which in measures]
    categories = rng.sample(entity["categories"], min(len(entity["categories"]), rng.randint(0, 2)))
    fields += [drawer.category(content["categories"][which]) for which in categories]
    if entity["dates"] and rng.random() < 0.3:
        fields.append(drawer.dated(content["dates"][rng.choice(entity["dates"])]))
    for _ in range(rng.choice((0, 0, 1, 1, 2)) + (not measures)):
        fields.append(drawer.made_measure())
    if rng.random() < 0.3 or len(fields) < 3:
        fields.append(drawer.made_category())
    first, *rest = (field for field in fields if field is not None)
    rng.shuffle(rest)
    if rng.random() < 0.08:
        rest.insert(rng.randint(0, len(rest)), first)
        ordered = rest
    else:
        ordered = [first, *rest]
    table = Table(tuple(field.column for field in ordered))
    return Drawn(table, tuple(ordered), language, entity[language], entity["who"])


class _Drawer:
    def __init__(
        self,
        rng: random.Random,
        language: Language,
        split: Split,
        style: str,
        rows: int,
        used: set[str],
    ) -> None:
        self.rng, self.language, self.split = rng, language, split
        self.style, self.rows, self.used = style, rows, used

    def name(self, entity: dict[str, Any]) -> Field | None:
        words = entity[self.language]
        texts = values(entity["pool"], self.rows, self.rng, self.language, self.split)
        self.rows = len(texts)
        said = self._said(words["names"])
        return self._text_field("name", said, texts, words)

    def measure(self, concept: dict[str, Any]) -> Field | None:
        words = concept[self.language]
        said = self._said(words["names"])
        low, high, step = concept["range"]
        kind: Kind = concept["kind"]
        return self._number_field(said, words, kind, low, high, step, words.get("unit", ""))

    def made_measure(self) -> Field | None:
        rng = self.rng
        if rng.random() < 0.15:
            said = made(rng, self.language)
            if self.language == "zh":
                said += rng.choice(("量", "数", "率", "值", "指数", "度", "额", "费"))
            else:
                said = f"{said.lower()} {rng.choice(('index', 'rate', 'count', 'value', 'level'))}"
        else:
            said = self._composed()
        kind: Kind = rng.choices(("integer", "decimal", "percent"), weights=(70, 20, 10))[0]
        high = 100 if kind == "percent" else rng.choice((20, 100, 1000, 20000))
        return self._number_field(said, {}, kind, 1, high, 1 if kind == "integer" else 0.1, "")

    def category(self, concept: dict[str, Any]) -> Field | None:
        words = concept[self.language]
        said = self._said(words["names"])
        return self._categorical(said, concept["pool"], words)

    def made_category(self) -> Field | None:
        rng = self.rng
        names = read("columns")["made_categories"][self.language]
        said = self._said(names) if rng.random() < 0.8 else made(rng, self.language)
        return self._categorical(said, rng.choice(("made_values", "made", "made")), {})

    def dated(self, concept: dict[str, Any]) -> Field | None:
        words = concept[self.language]
        said = self._said(words["names"])
        days = [date(self.rng) for _ in range(self.rows)]
        shown = self.rng.choice(("iso", "iso", "slash", "long"))
        if shown == "iso":
            texts = [day.isoformat() for day in days]
        elif shown == "slash":
            texts = [f"{day.year}/{day.month}/{day.day}" for day in days]
        elif self.language == "zh":
            texts = [f"{day.year}年{day.month}月{day.day}日" for day in days]
        else:
            texts = [f"{day:%B} {day.day}, {day.year}" for day in days]
        return self._field("date", said, "date", texts, tuple(days), words)

    def _categorical(self, said: str, pool: str, words: dict[str, Any]) -> Field | None:
        rng = self.rng
        few = values(pool, max(2, rng.randint(2, 5)), rng, self.language, self.split)
        texts = [rng.choice(few) for _ in range(self.rows)]
        return self._text_field("category", said, texts, words)

    def _number_field(
        self,
        said: str,
        words: dict[str, Any],
        kind: Kind,
        low: float,
        high: float,
        step: float,
        unit: str,
    ) -> Field | None:
        rng = self.rng
        top = low + (high - low) * rng.choice((0.1, 0.3, 1, 1))
        numbers: list[Decimal] = []
        for _ in range(self.rows):
            steps = rng.randint(0, max(3, int((top - low) / step)))
            number = Decimal(str(low)) + steps * Decimal(str(step))
            numbers.append(number)
        whole = kind in ("integer", "year") or (kind == "currency" and rng.random() < 0.6)
        texts = [self._shown(number, kind, whole) for number in numbers]
        style = rng.random()
        header = said
        if kind == "percent":
            texts = [text + "%" for text in texts]
        elif kind == "currency":
            if style < 0.5:
                kind = "integer" if whole else "decimal"
            else:
                sign = "¥" if self.language == "zh" else "$"
                texts = [sign + text for text in texts]
        if unit and kind not in ("percent", "year"):
            if style < 0.15:
                header = f"{said}（{unit}）" if self.language == "zh" else f"{said} ({unit})"
            elif style < 0.3 and unit in _CELL_UNITS and not texts[0].startswith(("¥", "$")):
                space = "" if self.language == "zh" else " "
                texts = [text + space + unit for text in texts]
        typed: tuple[Value, ...] = tuple(
            int(number) if whole and kind != "percent" and kind != "currency" else number
            for number in numbers
        )
        return self._field("measure", header, kind, texts, typed, words, said, unit)

    def _shown(self, number: Decimal, kind: Kind, whole: bool) -> str:
        if kind == "year":
            return str(int(number))
        commas = self.rng.random() < 0.1 and number >= 1000
        text = f"{int(number):,}" if commas else str(int(number))
        return text if whole else f"{number:,}" if commas else str(number)

    def _text_field(
        self, role: Role, said: str, texts: list[str], words: dict[str, Any]
    ) -> Field | None:
        return self._field(role, said, "text", texts, tuple(texts), words)

    def _field(
        self,
        role: Role,
        header: str,
        kind: Kind,
        texts: list[str],
        typed: tuple[Value, ...],
        words: dict[str, Any],
        said: str = "",
        unit: str = "",
    ) -> Field | None:
        name = self._styled(header)
        if name.lower() in self.used:
            return None
        self.used.add(name.lower())
        column = Column(name, name, kind, tuple(texts), typed)
        return Field(role, column, said or header, words, unit)

    def _styled(self, header: str) -> str:
        if self.language == "zh" or not header.isascii():
            return header
        if self.style == "title":
            return header[0].upper() + header[1:] if self.rng.random() < 0.4 else header.title()
        if self.style == "snake":
            return header.replace(" ", "_").replace("-", "_")
        return header.upper() if self.style == "upper" else header

    def _said(self, names: list[str]) -> str:
        allowed = [n for n in names if is_held_out("column", n) == (self.split == "held_out")]
        return str(self.rng.choice(allowed or names))

    def _composed(self) -> str:
        made_names = read("columns")["made_measures"][self.language]
        name = ""
        for _ in range(50):
            head = self.rng.choice(made_names["heads"])
            plain = self.rng.random() < 0.35
            modifier = "" if plain else self.rng.choice(made_names["modifiers"])
            joined = "" if self.language == "zh" or plain else " "
            name = f"{modifier}{joined}{head}"
            if is_held_out("column", name) == (self.split == "held_out"):
                break
        return name


__all__ = ["Drawn", "Field", "Role", "code", "draw_table", "value"]
