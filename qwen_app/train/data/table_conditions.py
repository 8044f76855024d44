"""Conditions on the rows of a generated table, in words and in SQL."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from qwen_app.features.tables.query.write import write_name, write_number, write_text
from qwen_app.train.data.example import Families, Language, Split
from qwen_app.train.data.grammar import compose
from qwen_app.train.data.table_draw import Drawn, Field
from qwen_app.train.data.texts import read


@dataclass(frozen=True, slots=True)
class Condition:
    """``after`` the noun in English, ``plural``, ``singular`` and ``bare`` as predicates ("are
    from", "is from", "be from"); in Chinese all four are the same."""

    sql: str
    after: str
    plural: str = ""
    singular: str = ""
    bare: str = ""
    only_before: bool = False
    """Chinese: cannot stand as a predicate (北京的人)."""


def condition(drawn: Drawn, rng: random.Random, split: Split, *, simple: bool = False) -> Condition:
    """A condition that some row fulfils more often than not."""
    kinds = _available(drawn)
    if not simple and len(kinds) > 1 and rng.random() < 0.12:
        first, second = rng.sample(kinds, 2)
        return _both(first(drawn, rng, split), second(drawn, rng, split), drawn.language, rng)
    return rng.choice(kinds)(drawn, rng, split)


Maker = Callable[[Drawn, random.Random, Split], Condition]


def _available(drawn: Drawn) -> list[Maker]:
    kinds: list[Maker] = []
    if drawn.of("measure"):
        kinds += [number, number]
    if drawn.of("category"):
        kinds += [text, text]
    if drawn.of("date"):
        kinds.append(day)
    kinds.append(like)
    return kinds


def number(drawn: Drawn, rng: random.Random, split: Split) -> Condition:
    field = rng.choice(drawn.of("measure"))
    operator = rng.choices((">", ">=", "<", "<=", "=", "between"), weights=(30, 18, 22, 12, 6, 12))[
        0
    ]
    values = [v for v in field.column.values if isinstance(v, int | Decimal)]
    limits = sorted(_near(rng.choice(values), field, rng) for _ in range(2))
    if operator == "=":
        limits[0] = rng.choice(values)
    slots = {
        "M": said(field, rng),
        "K": with_unit(limits[0], field, drawn.language, rng),
        "L": with_unit(limits[1], field, drawn.language, rng),
    }
    name = write_name(field.name)
    low, high = (write_number(_plain(limit)) for limit in limits)
    sql = (
        f"{name} BETWEEN {low} AND {high}" if operator == "between" else f"{name} {operator} {low}"
    )
    which = {">": "more", "<": "less"}.get(operator, "")
    comparatives = field.words.get(which) if which else None
    if comparatives and rng.random() < 0.4:
        slots |= {which: rng.choice(comparatives)}
        phrase = compose(
            rng.choice(read("table_conditions")["more"][operator][drawn.language]), rng, **slots
        )
        return _predicated(sql, phrase, drawn.language)
    phrase = _pick(read("table_conditions")["numbers"][operator], drawn.language, rng, split, slots)
    if drawn.language == "zh":
        return _predicated(sql, phrase, "zh")
    if rng.random() < 0.25:
        clause = phrase.removeprefix("a ").removeprefix("an ")
        whose = clause.replace(slots["M"], slots["M"] + " is", 1)
        whose = whose.replace("is of ", "is ").replace(" is that ", " ")
        return Condition(sql, f"whose {whose}", f"have {phrase}", f"has {phrase}", f"have {phrase}")
    return Condition(sql, f"with {phrase}", f"have {phrase}", f"has {phrase}", f"have {phrase}")


_HAVE = ("{C} {V}", "{C} {V}", "{V} as {C}", "the {C} {V}", "a {C} of {V}", "{V} in the {C} column")
"""What rows of a text column have, to learn from; held-out questions say the first."""


def text(drawn: Drawn, rng: random.Random, split: Split) -> Condition:
    field = rng.choice(drawn.of("category"))
    distinct = list(dict.fromkeys(field.column.texts))
    kind = rng.choices(("=", "!=", "in"), weights=(80, 10, 10 if len(distinct) > 1 else 0))[0]
    chosen = rng.sample(distinct, 2) if kind == "in" else [rng.choice(distinct)]
    name, literals = write_name(field.name), [write_text(value) for value in chosen]
    sql = f"{name} IN ({', '.join(literals)})" if kind == "in" else f"{name} {kind} {literals[0]}"
    language = drawn.language
    ways = field.words.get("of")
    if ways and rng.random() < 0.6:
        way = rng.choice(ways)
        joined = chosen[0]
        if kind == "in":
            joined = (
                chosen[0] + (rng.choice(("或", "或者")) if language == "zh" else " or ") + chosen[1]
            )
        phrase = way.replace("{v}", joined)
        if kind == "!=":
            phrase = f"不{phrase}" if language == "zh" else f"not {phrase}"
            if language == "zh" and not way.startswith(("来自", "在", "住在", "位于", "属于")):
                phrase = f"{said(field, rng)}不是{joined}"
        made = _predicated(sql, phrase, language)
        return replace(made, only_before=way.startswith("{v}"))
    slots = {"C": said(field, rng), "V": chosen[0], "W": chosen[-1]}
    phrase = _pick(read("table_conditions")["texts"][kind], language, rng, split, slots)
    if language == "zh":
        return _predicated(sql, phrase, language)
    have = f"{slots['C']} {chosen[0]}" + (f" or {chosen[1]}" if kind == "in" else "")
    if kind == "!=":
        have = f"a {slots['C']} other than {chosen[0]}"
    elif kind == "=" and split == "train":
        have = rng.choice(_HAVE).format(**slots)
    return Condition(sql, phrase, f"have {have}", f"has {have}", f"have {have}")


def day(drawn: Drawn, rng: random.Random, split: Split) -> Condition:
    field = rng.choice(drawn.of("date"))
    operator = rng.choice(("=", ">", "<"))
    name = write_name(field.name)
    date: Any = rng.choice(field.column.values)
    zh = drawn.language == "zh"
    if operator == "=" or rng.random() < 0.5:
        slots = {"y": date.year}
        sql, kinds = f"YEAR({name}) {operator} {date.year}", "years"
    else:
        sql, kinds = f"{name} {operator} {write_text(date.isoformat())}", "days"
        long = (
            f"{date.year}年{date.month}月{date.day}日"
            if zh
            else f"{date:%B} {date.day}, {date.year}"
        )
        slots = {"d": rng.choice((date.isoformat(), long))}
    slots |= {"D": said(field, rng), "verb": rng.choice(field.words["verb"])}
    phrase = _pick(read("table_conditions")[kinds][operator], drawn.language, rng, split, slots)
    if zh or not phrase.startswith(("with ", "whose ")):
        return _predicated(sql, phrase, drawn.language, be=False)
    have = phrase.removeprefix("with ").removeprefix("whose ").replace(" is ", " ")
    have = have if have.startswith("a ") else f"a {have}"
    return Condition(sql, phrase, f"have {have}", f"has {have}", f"have {have}")


def like(drawn: Drawn, rng: random.Random, split: Split) -> Condition:
    field = drawn.name
    value = rng.choice(field.column.texts)
    zh = drawn.language == "zh"
    kind = rng.choice(("start", "end", "contain"))
    if zh and drawn.who and rng.random() < 0.7:
        kind = "surname"
    size = 1 if zh else rng.choice((1, 1, 2, 3))
    if zh and rng.random() < 0.2 and kind != "surname":
        size = 2
    piece = value[-size:] if kind == "end" else value[:size]
    if kind == "contain":
        at = rng.randint(0, max(0, len(value) - size))
        piece = value[at : at + size]
    piece = piece.strip() or value[0]
    pattern = {"end": f"%{piece}", "contain": f"%{piece}%"}.get(kind, f"{piece}%")
    slots = {"N": said(field, rng), "T": piece, "ir": "ir" if drawn.who else ""}
    phrase = _pick(read("table_conditions")["like"][kind], drawn.language, rng, split, slots)
    sql = f"{write_name(field.name)} LIKE {write_text(pattern)}"
    if zh:
        return _predicated(sql, phrase, "zh")
    way = {"start": "starting", "end": "ending", "contain": ""}[kind]
    have = f"a {slots['N']} {way} with {piece}" if way else f"{piece} in the {slots['N']}"
    return Condition(sql, phrase, f"have {have}", f"has {have}", f"have {have}")


def _both(a: Condition, b: Condition, language: Language, rng: random.Random) -> Condition:
    def joined(first: str, second: str) -> str:
        template = read("table_conditions")["both"][language]
        return compose(template[0], rng, a=first, b=second)

    sql = " AND ".join(c.sql for c in (a, b))
    return Condition(
        sql,
        joined(a.after, b.after),
        joined(a.plural, b.plural),
        joined(a.singular, b.singular),
        joined(a.bare, b.bare),
        a.only_before or b.only_before,
    )


def _predicated(sql: str, phrase: str, language: Language, *, be: bool = True) -> Condition:
    if language == "zh":
        return Condition(sql, phrase, phrase, phrase, phrase)
    plain = phrase.removeprefix("who are ").removeprefix("that are ")
    are, is_ = ("are", "is") if be else ("were", "was")
    return Condition(
        sql, phrase, f"{are} {plain}", f"{is_} {plain}", f"be {plain}" if be else plain
    )


def _pick(
    raw: Any, language: Language, rng: random.Random, split: Split, slots: dict[str, Any]
) -> str:
    phrases = Families(tuple(raw[language]["train"]), tuple(raw[language]["held_out"]))
    held_out = split == "held_out" and rng.random() < 0.3
    return compose(rng.choice(phrases.held_out if held_out else phrases.train), rng, **slots)


def said(field: Field, rng: random.Random) -> str:
    """The column's name as typed in a question."""
    if not field.said.isascii():
        return field.said
    return field.said.lower() if rng.random() < 0.8 else field.name


def with_unit(number: int | Decimal, field: Field, language: Language, rng: random.Random) -> str:
    """The number as a person writes it, sometimes with its unit."""
    text = write_number(_plain(number))
    if field.column.kind == "percent":
        return text + "%" if rng.random() < 0.7 else text
    if field.column.kind == "currency":
        sign = "¥" if language == "zh" else "$"
        return rng.choice((text, text, sign + text, text + "元" if language == "zh" else text))
    if language == "zh" and rng.random() < 0.06 and number >= 10_000 and number % 1000 == 0:
        return f"{write_number(_plain(Decimal(int(number)) / 10_000))}万"
    if field.unit and rng.random() < 0.5:
        return text + ("" if language == "zh" or field.unit == "%" else " ") + field.unit
    return text


def _near(value: int | Decimal, field: Field, rng: random.Random) -> int | Decimal:
    """A limit near a value of the column, mostly a round one."""
    if rng.random() < 0.4 or field.column.kind == "year":
        return value
    whole = int(value)
    for unit in (1000, 100, 10, 5):
        if whole >= 3 * unit:
            return whole // unit * unit
    return whole + rng.choice((0, 1))


def _plain(number: int | Decimal) -> int | float:
    return int(number) if number == int(number) else float(number)
