"""What people ask of a table: one function an intent, giving the question and its query.

Every function returns None where the table at hand has nothing to ask so.
"""

import random
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from qwen_app.features.tables.query.write import write_name, write_text
from qwen_app.train.data.example import Split
from qwen_app.train.data.grammar import compose
from qwen_app.train.data.table_conditions import Condition, condition, said
from qwen_app.train.data.table_draw import Drawn, Field
from qwen_app.train.data.texts import read

_HIGH = {"zh": ("高", "大", "多"), "en": ("highest", "largest", "greatest", "biggest", "most")}
_LOW = {"zh": ("低", "小", "少"), "en": ("lowest", "smallest", "least", "fewest")}
_HIGHER = ("higher", "larger", "greater", "bigger")
_LOWER = ("lower", "smaller")
_NUMERALS = {"zh": "零一两三四五六七八九", "en": ("zero", "one", "two", "three", "four", "five")}
_ORDINALS = ("first", "second", "third", "fourth", "fifth")


@dataclass(frozen=True, slots=True)
class Ask:
    """A question with the query that answers it."""

    intent: str
    question: str
    query: str


Intent = Callable[[Drawn, random.Random, Split], Ask | None]


def ask(
    drawn: Drawn, rng: random.Random, split: Split, names: Collection[str] | None = None
) -> Ask:
    """A question of any kind that the table allows, or of the intents ``names``."""
    weights = {name: w for name, (_, w) in INTENTS.items() if names is None or name in names}
    while True:
        (name,) = rng.choices(tuple(weights), weights=tuple(weights.values()))
        made = INTENTS[name][0](drawn, rng, split)
        if made is not None:
            return made


def phrase(intent: str, drawn: Drawn, rng: random.Random, split: Split, **slots: object) -> str:
    """A phrasing of the intent; a held-out question is of a family never trained on."""
    families = read("table_questions")[intent][drawn.language]
    template = rng.choice(families["held_out" if split == "held_out" else "train"])
    words = drawn.words
    if drawn.language == "zh":
        noun, unit = rng.choice(words["nouns"]), words["unit"]
        who = f"哪{rng.choice(('', '一'))}{unit}{rng.choice((noun, noun, ''))}"
        whom = rng.choice(("谁", "谁", "谁", "哪个人", who)) if drawn.who else who
        if not drawn.who and rng.random() < 0.4:
            whom = f"哪个{noun}"
        slots = {"E": noun, "u": unit, "who": whom, **slots}
        slots["whoS"] = rng.choice(("谁", "哪些人")) if drawn.who else f"哪些{noun}"
    else:
        noun, plural = rng.choice(words["nouns"])
        which = f"{rng.choice(('Which', 'What', 'Which'))} {noun}"
        slots = {"E": noun, "Es": plural, **slots}
        slots["Who"] = rng.choice(("Who", "Who", which)) if drawn.who else which
    text = compose(template, rng)
    for _ in range(2):  # slots may hold slots
        for name, value in slots.items():
            text = text.replace("{" + name + "}", str(value))
    return text


def typed(text: str, rng: random.Random, language: str) -> str:
    """The question as somebody in a hurry types it, now and then."""
    if language == "zh":
        if rng.random() < 0.08:
            text = text.replace("？", "?").replace("，", ",")
        if rng.random() < 0.05:
            text = rng.choice(("请问", "请问，", "你好，", "麻烦问下，", "那", "嗯，")) + text
        if rng.random() < 0.05:
            text = text.rstrip("？?。！")
    else:
        if rng.random() < 0.15:
            text = text.lower() if rng.random() < 0.7 else text.rstrip("?.")
        elif rng.random() < 0.3:
            text = text[0].upper() + text[1:]
        if rng.random() < 0.05:
            text = rng.choice(("Please tell me: ", "Hi, ", "And ", "Question: ", "Hey, ")) + text
    return text


# --- superlatives -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Superlative:
    """A column, a direction and the words for it."""

    field: Field
    high: bool
    slots: dict[str, Any]

    @property
    def order(self) -> str:
        return f"ORDER BY {write_name(self.field.name)}{' DESC' if self.high else ''}"


def superlative(drawn: Drawn, rng: random.Random) -> Superlative | None:
    ranked = drawn.of("measure") * 3 + drawn.of("date")
    if not ranked:
        return None
    field, high = rng.choice(ranked), rng.random() < 0.55
    name = said(field, rng)
    known = [
        word
        for word in field.words.get("high" if high else "low", ())
        if _alone(drawn, field, word)
    ]
    own = rng.choice(known) if known and rng.random() < 0.55 else None
    is_date = field.role == "date"
    if drawn.language == "zh":
        if is_date:
            ends: tuple[str, ...] = ("晚", "迟", "靠后") if high else ("早", "靠前")
        else:
            key, default = ("adjective", _HIGH["zh"]) if high else ("opposite", _LOW["zh"])
            ends = tuple(field.words.get(key, default))
        end = rng.choice(ends)
        sup = own or f"{name}最{end}"
        nth = sup.replace("最", "{n}", 1) if "最" in sup else f"{name}{{n}}{end}"
        slots: dict[str, Any] = {"sup": sup, "nth": nth}
    else:
        if is_date:
            ends = ("latest", "most recent") if high else ("earliest", "first")
        else:
            ends = _HIGH["en"] if high else _LOW["en"]
        end = rng.choice(ends)
        with_ = f"with the {{n}}{end} {name}"
        has, have = f"the {{n}}{end} {name}", f"the {{n}}{end} {name}"
        slots = {
            "one": f"{{n}}{own} {{E}}" if own else f"{{E}} {with_}",
            "many": f"{own} {{Es}}" if own else f"{{Es}} {with_.replace('{n}', '')}",
            "is": f"is the {{n}}{own}" if own else f"has {has}",
            "are": f"are the {own}" if own else f"have {have.replace('{n}', '')}",
            # Whose age is the highest? Nobody says that it is the most.
            "end": ends[0] if end in ("most", "least", "fewest") else end,
        }
    return Superlative(field, high, slots | {"M": name})


def _alone(drawn: Drawn, field: Field, word: str) -> bool:
    """Whether the word speaks of this column alone: 最大 may mean area or population."""
    rivals = (other for other in drawn.fields if other is not field)
    return not any(word in o.words.get(k, ()) for o in rivals for k in ("high", "low"))


def _first(slots: dict[str, Any], language: str) -> dict[str, Any]:
    """Slots of the phrasings for the first by order."""
    if language == "zh":
        return {"sup": slots["sup"], "M": slots["M"]}
    one, is_ = slots["one"].replace("{n}", ""), slots["is"].replace("{n}", "")
    return {
        "supE": one,
        "supEs": slots["many"],
        "supP": is_,
        "supPs": slots["are"],
        "M": slots["M"],
        "end": slots["end"],
    }


def extreme(drawn: Drawn, rng: random.Random, split: Split) -> Ask | None:
    best = superlative(drawn, rng)
    if best is None:
        return None
    text = phrase("extreme", drawn, rng, split, **_first(best.slots, drawn.language))
    columns = f"{write_name(drawn.name.name)}, {write_name(best.field.name)}"
    return Ask("extreme", text, f"SELECT {columns} FROM t {best.order} LIMIT 1")


def extreme_other(drawn: Drawn, rng: random.Random, split: Split) -> Ask | None:
    best = superlative(drawn, rng)
    if best is None:
        return None
    columns, words = wanted(drawn, rng, but=(best.field,))
    if not columns:
        return None
    slots = _first(best.slots, drawn.language)
    text = phrase("extreme_other", drawn, rng, split, O=words, **slots)
    return Ask("extreme_other", text, f"SELECT {columns} FROM t {best.order} LIMIT 1")


def top(drawn: Drawn, rng: random.Random, split: Split) -> Ask | None:
    best = superlative(drawn, rng)
    if best is None:
        return None
    number = rng.choice((2, 2, 3, 3, 3, 4, 5, 5, 10))
    slots = _first(best.slots, drawn.language)
    text = phrase("top", drawn, rng, split, k=_numeral(number, drawn.language, rng), **slots)
    if drawn.language == "zh" and "排" in text and not best.high:  # 排名前三 means the highest
        return None
    if text.startswith("Top") and not best.high:
        return None
    columns = f"{write_name(drawn.name.name)}, {write_name(best.field.name)}"
    return Ask("top", text, f"SELECT {columns} FROM t {best.order} LIMIT {number}")


def nth(drawn: Drawn, rng: random.Random, split: Split) -> Ask | None:
    best = superlative(drawn, rng)
    if best is None:
        return None
    number = rng.choices((2, 3, 4), weights=(6, 3, 1))[0]
    if drawn.language == "zh":
        slots = {"nsup": best.slots["nth"].replace("{n}", f"第{'二三四'[number - 2]}")}
    else:
        word = f"{_ORDINALS[number - 1]} "
        slots = {
            "nsupE": best.slots["one"].replace("{n}", word),
            "nsupP": best.slots["is"].replace("{n}", word),
        }
    text = phrase("nth", drawn, rng, split, **slots)
    columns = f"{write_name(drawn.name.name)}, {write_name(best.field.name)}"
    query = f"SELECT {columns} FROM t {best.order} LIMIT 1 OFFSET {number - 1}"
    return Ask("nth", text, query)


def extreme_where(drawn: Drawn, rng: random.Random, split: Split) -> Ask | None:
    best = superlative(drawn, rng)
    if best is None or not drawn.of("category"):
        return None
    where = _text_condition(drawn, rng)
    slots = _first(best.slots, drawn.language)
    if drawn.language == "zh":
        frames = ("{c}的{E}[中|里|当中|里面][，|]{inner}", "[在|]{c}的{E}[中|里][，|]{inner}")
    else:
        frames = ("[Among|Of] [the |]{Es} {c}, {inner}", "[For|Considering only] {Es} {c}: {inner}")
    inner = phrase("extreme", drawn, rng, split, **slots)
    if drawn.language == "en" and not inner.startswith(("I ", "I'")):
        inner = inner[0].lower() + inner[1:]
    noun = drawn.words["nouns"][0]
    zh = drawn.language == "zh"
    names = {"E": noun} if zh else {"Es": noun[1]}
    text = compose(rng.choice(frames), rng, c=where.after, inner=inner, **names)
    columns = f"{write_name(drawn.name.name)}, {write_name(best.field.name)}"
    query = f"SELECT {columns} FROM t WHERE {where.sql} {best.order} LIMIT 1"
    return Ask("extreme_where", text, query)


# --- looking up -------------------------------------------------------------------------------


def wanted(drawn: Drawn, rng: random.Random, but: tuple[Field, ...] = ()) -> tuple[str, str]:
    """Columns to give: (in SQL, in words); empty if there are none."""
    others = [field for field in drawn.fields if field not in but]
    if not others:
        return "", ""
    count = rng.choices((1, 2, 3), weights=(68, 26, 6))[0]
    chosen = rng.sample(others, min(count, len(others)))
    if (
        len(chosen) == 1
        and chosen[0].role == "name"
        and drawn.name not in but
        and rng.random() < 0.5
    ):
        chosen = [rng.choice(others)]
    words = [_called(field, drawn, rng) for field in chosen]
    last = (
        rng.choice(("和", "与", "、", "及", "以及", "和所在"))
        if drawn.language == "zh"
        else " and "
    )
    if last == "和所在" and not words[-1].startswith(("城市", "部门", "班级")):
        last = "和"
    comma = "、" if drawn.language == "zh" else ", "
    text = comma.join(words[:-1]) + last + words[-1] if len(words) > 1 else words[0]
    return ", ".join(write_name(field.name) for field in chosen), text


def _called(field: Field, drawn: Drawn, rng: random.Random) -> str:
    if field.role != "name" or rng.random() < 0.5:
        return said(field, rng)
    if drawn.language == "en":
        return "name"
    return rng.choice(("姓名", "名字")) if drawn.who else rng.choice(("名称", "名字"))


def lookup(drawn: Drawn, rng: random.Random, split: Split) -> Ask | None:
    columns, words = wanted(drawn, rng, but=(drawn.name,))
    if not columns:
        return None
    value = rng.choice(drawn.name.column.texts)
    where = f"{write_name(drawn.name.name)} = {write_text(value)}"
    asked = [field for field in drawn.fields if columns == write_name(field.name)]
    if asked and asked[0].words.get("ask") and rng.random() < 0.45:
        text = compose(rng.choice(asked[0].words["ask"]), rng, x=value)
    else:
        text = phrase("lookup", drawn, rng, split, V=value, O=words)
    return Ask("lookup", text, f"SELECT {columns} FROM t WHERE {where}")


def row(drawn: Drawn, rng: random.Random, split: Split) -> Ask | None:
    value = rng.choice(drawn.name.column.texts)
    where = f"{write_name(drawn.name.name)} = {write_text(value)}"
    text = phrase("row", drawn, rng, split, V=value)
    return Ask("row", text, f"SELECT * FROM t WHERE {where}")


def all_values(drawn: Drawn, rng: random.Random, split: Split) -> Ask | None:
    columns, words = wanted(drawn, rng, but=(drawn.name,))
    if not columns:
        return None
    text = phrase("all_values", drawn, rng, split, O=words)
    name = write_name(drawn.name.name)
    query = f"SELECT {name}, {columns} FROM t" if words in text else f"SELECT {name} FROM t"
    return Ask("all_values", text, query)


# --- with conditions --------------------------------------------------------------------------


def _measures(drawn: Drawn, head: str) -> list[Field]:
    """What the query of an intent can be of: a sum of years means nothing, and is refused."""
    fields = drawn.of("measure")
    return [each for each in fields if "SUM(" not in head or each.column.kind != "year"]


def conditional(intent: str, head: str) -> Intent:
    """Questions about the rows that fulfil a condition; ``{n}`` is the name, ``{m}`` a measure."""

    def made(drawn: Drawn, rng: random.Random, split: Split) -> Ask | None:
        slots: dict[str, Any] = {}
        fill: dict[str, str] = {"n": write_name(drawn.name.name)}
        if "{m}" in head:
            if not (measures := _measures(drawn, head)):
                return None
            field = rng.choice(measures)
            slots["M"], fill["m"] = said(field, rng), write_name(field.name)
        if "{o}" in head:
            fill["o"], slots["O"] = wanted(drawn, rng, but=(drawn.name,))
            if not fill["o"]:
                return None
        where = condition(drawn, rng, split, simple=intent not in ("list", "count_where"))
        slots |= {"cond": where.after, "condP": where.plural, "condS": where.singular}
        text = phrase(intent, drawn, rng, split, condI=where.bare, **slots)
        if where.only_before and f"{where.after}的" not in text:
            return None
        query = head.replace("{w}", where.sql)
        for name, value in fill.items():
            query = query.replace("{" + name + "}", value)
        return Ask(intent, text, query)

    return made


def _text_condition(drawn: Drawn, rng: random.Random) -> Condition:
    field = rng.choice(drawn.of("category"))
    value = rng.choice(field.column.texts)
    sql = f"{write_name(field.name)} = {write_text(value)}"
    ways = field.words.get("of")
    if ways:
        return Condition(sql, rng.choice(ways).replace("{v}", value))
    name = said(field, rng)
    return Condition(sql, f"{name}为{value}" if drawn.language == "zh" else f"with {name} {value}")


# --- figures ----------------------------------------------------------------------------------


def figure(intent: str, head: str) -> Intent:
    """Questions about one measure of the whole table, or by the values of a text column."""

    def made(drawn: Drawn, rng: random.Random, split: Split) -> Ask | None:
        slots: dict[str, Any] = {}
        query = head.replace("{n}", write_name(drawn.name.name))
        if "{m}" in head:
            if not (measures := _measures(drawn, head)):
                return None
            field = rng.choice(measures)
            slots["M"] = said(field, rng)
            query = query.replace("{m}", write_name(field.name))
        if "{c}" in head:
            if not drawn.of("category"):
                return None
            field = rng.choice(drawn.of("category"))
            slots["C"] = said(field, rng)
            query = query.replace("{c}", write_name(field.name))
        if "{k}" in head:
            number = rng.choice((1, 2, 2, 3))
            slots["k"] = _numeral(number, drawn.language, rng)
            query = query.replace("{k}", str(number))
        return Ask(intent, phrase(intent, drawn, rng, split, **slots), query)

    return made


def two(intent: str, head: str) -> Intent:
    """Questions about one measure of two rows; ``{a}`` and ``{b}`` are their values in SQL."""

    def made(drawn: Drawn, rng: random.Random, split: Split) -> Ask | None:
        names = list(dict.fromkeys(drawn.name.column.texts))
        if not drawn.of("measure") or len(names) < 2:
            return None
        field = rng.choice(drawn.of("measure"))
        first, second = rng.sample(names, 2)
        high = (intent != "compare" and intent != "whether_more") or rng.random() < 0.6
        name = said(field, rng)
        own = field.words.get("more" if high else "less")
        if drawn.language == "zh":
            key, default = ("adjective", _HIGH["zh"]) if high else ("opposite", _LOW["zh"])
            adjective = rng.choice(field.words.get(key, default))
            more = rng.choice(own) if own else f"{name}更{adjective}"
        else:
            adjective = rng.choice(_HIGHER if high else _LOWER)
            more = rng.choice(own) if own else f"{adjective} in {name}"
        slots = {"A": first, "B": second, "M": name}
        text = phrase(intent, drawn, rng, split, unit=field.unit, **slots)
        if not high and "{adj}" not in text and "{more}" not in text:
            return None  # "exceeds" asks whether it is more
        text = text.replace("{adj}", adjective).replace("{more}", more)
        n, m = write_name(drawn.name.name), write_name(field.name)
        value = f"(SELECT {m} FROM t WHERE {n} = {{}})"
        a, b = write_text(first), write_text(second)
        query = head.replace("{A}", value.format(a)).replace("{B}", value.format(b))
        query = query.replace("{op}", ">" if high else "<")
        query = query.replace("{n}", n).replace("{m}", m).replace("{a}", a).replace("{b}", b)
        return Ask(intent, text, query.replace("{desc}", " DESC" if high else ""))

    return made


def sort(drawn: Drawn, rng: random.Random, split: Split) -> Ask | None:
    if not drawn.of("measure"):
        return None
    field, down = rng.choice(drawn.of("measure")), rng.random() < 0.55
    if drawn.language == "zh":
        high, low = rng.choice((("高", "低"), ("大", "小"), ("多", "少")))
        desc = rng.choice(("降序", "从高到低", "倒序") if down else ("升序", "从低到高"))
        slots = {"high": high if down else low, "low": low if down else high, "desc": desc}
    else:
        high, low = rng.choice((("high", "low"), ("highest", "lowest"), ("largest", "smallest")))
        ways = (
            ("descending", "in descending order") if down else ("ascending", "in ascending order")
        )
        slots = {"high": high if down else low, "low": low if down else high}
        slots |= {"desc": rng.choice(ways), "highF": "highest" if down else "lowest"}
    text = phrase("sort", drawn, rng, split, M=said(field, rng), **slots)
    if drawn.language == "zh" and not any(slots[k] in text for k in ("desc", "low")):
        down = False  # 按年龄排序, without a direction
    n, m = write_name(drawn.name.name), write_name(field.name)
    return Ask("sort", text, f"SELECT {n}, {m} FROM t ORDER BY {m}{' DESC' if down else ''}")


def placed(intent: str, where: str) -> Intent:
    """Questions about the order of the rows."""

    def made(drawn: Drawn, rng: random.Random, split: Split) -> Ask | None:
        value = rng.choice(drawn.name.column.texts)
        n = write_name(drawn.name.name)
        text = phrase(intent, drawn, rng, split, V=value)
        own = f"(SELECT row FROM t WHERE {n} = {write_text(value)})"
        return Ask(intent, text, f"SELECT {n} FROM t {where.replace('{own}', own)}")

    return made


def _numeral(number: int, language: str, rng: random.Random) -> str:
    words = _NUMERALS[language]
    if number >= len(words) or rng.random() < 0.5:
        return str(number)
    return words[number]


_COUNT = "(SELECT COUNT(*) FROM t{w})"
INTENTS: dict[str, tuple[Intent, float]] = {
    "extreme": (extreme, 14),
    "extreme_other": (extreme_other, 9),
    "extreme_where": (extreme_where, 2),
    "top": (top, 4),
    "nth": (nth, 2.5),
    "lookup": (lookup, 11),
    "row": (row, 1),
    "all_values": (all_values, 1.5),
    "list": (conditional("list", "SELECT {n} FROM t WHERE {w}"), 10),
    "list_other": (conditional("list_other", "SELECT {o} FROM t WHERE {w}"), 2),
    "count": (figure("count", "SELECT COUNT(*) FROM t"), 3),
    "count_where": (conditional("count_where", "SELECT COUNT(*) FROM t WHERE {w}"), 8),
    "average": (figure("average", "SELECT AVG({m}) FROM t"), 5),
    "average_where": (conditional("average_where", "SELECT AVG({m}) FROM t WHERE {w}"), 3),
    "sum": (figure("sum", "SELECT SUM({m}) FROM t"), 4),
    "sum_where": (conditional("sum_where", "SELECT SUM({m}) FROM t WHERE {w}"), 3),
    "maximum": (figure("maximum", "SELECT MAX({m}) FROM t"), 2),
    "minimum": (figure("minimum", "SELECT MIN({m}) FROM t"), 2),
    "spread": (figure("spread", "SELECT MAX({m}) - MIN({m}) FROM t"), 1),
    "compare": (
        two(
            "compare",
            "SELECT {n}, {m} FROM t WHERE {n} IN ({a}, {b}) ORDER BY {m}{desc} LIMIT 1",
        ),
        4,
    ),
    "difference": (two("difference", "SELECT {A} - {B}"), 4),
    "total_of_two": (two("total_of_two", "SELECT {A} + {B}"), 1.5),
    "ratio": (two("ratio", "SELECT {A} / {B}"), 1),
    "whether": (conditional("whether", "SELECT EXISTS (SELECT * FROM t WHERE {w})"), 2),
    "whether_more": (two("whether_more", "SELECT {A} {op} {B}"), 2),
    "group_count": (figure("group_count", "SELECT {c}, COUNT(*) FROM t GROUP BY {c}"), 3),
    "group_average": (figure("group_average", "SELECT {c}, AVG({m}) FROM t GROUP BY {c}"), 2),
    "group_sum": (figure("group_sum", "SELECT {c}, SUM({m}) FROM t GROUP BY {c}"), 2),
    "group_most": (
        figure("group_most", "SELECT {c} FROM t GROUP BY {c} ORDER BY COUNT(*) DESC LIMIT 1"),
        3,
    ),
    "group_fewest": (
        figure("group_fewest", "SELECT {c} FROM t GROUP BY {c} ORDER BY COUNT(*) LIMIT 1"),
        1,
    ),
    "group_best": (
        figure("group_best", "SELECT {c} FROM t GROUP BY {c} ORDER BY AVG({m}) DESC LIMIT 1"),
        1.5,
    ),
    "group_most_sum": (
        figure("group_most_sum", "SELECT {c} FROM t GROUP BY {c} ORDER BY SUM({m}) DESC LIMIT 1"),
        1,
    ),
    "having": (figure("having", "SELECT {c} FROM t GROUP BY {c} HAVING COUNT(*) > {k}"), 1.5),
    "distinct": (figure("distinct", "SELECT DISTINCT {c} FROM t"), 2),
    "count_distinct": (figure("count_distinct", "SELECT COUNT(DISTINCT {c}) FROM t"), 2),
    "sort": (sort, 2),
    "first": (placed("first", "WHERE row = 1"), 0.7),
    "last": (placed("last", "ORDER BY row DESC LIMIT 1"), 0.7),
    "next": (placed("next", "WHERE row = {own} + 1"), 1),
    "previous": (placed("previous", "WHERE row = {own} - 1"), 1),
    "percentage": (
        conditional(
            "percentage",
            f"SELECT {_COUNT.replace('{w}', ' WHERE {w}')} / {_COUNT.replace('{w}', '')} * 100",
        ),
        1,
    ),
    "above_average": (
        figure("above_average", "SELECT {n}, {m} FROM t WHERE {m} > (SELECT AVG({m}) FROM t)"),
        1.5,
    ),
    "below_average": (
        figure("below_average", "SELECT {n}, {m} FROM t WHERE {m} < (SELECT AVG({m}) FROM t)"),
        1,
    ),
}
"""Each intent with its weight among the questions."""

__all__ = ["INTENTS", "Ask", "ask", "typed"]
