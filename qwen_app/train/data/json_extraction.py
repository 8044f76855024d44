"""Texts, schemas and the documents that read the ones by the others, under the app's own prompt.

Two sources: kinds of texts written in many ways (`extraction.yaml`), and rows of generated tables
told in words, whose keys may be anything and can only be copied.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from typing import Any

from qwen_app.features.json_mode.field_types import TYPES
from qwen_app.features.json_mode.prompt import build_messages
from qwen_app.messages import Message
from qwen_app.train.data.example import Language, Split, is_held_out
from qwen_app.train.data.pools import date, made, value
from qwen_app.train.data.table_draw import Field, draw_table
from qwen_app.train.data.texts import read

Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Extraction:
    """A text with a schema and the one document that is right."""

    text: str
    schema: Schema
    document: Any
    language: Language
    kind: str


@dataclass(frozen=True, slots=True)
class _Said:
    """A property: its key, its schema, its value, and the words that tell it."""

    key: str
    schema: Schema
    value: Any
    words: str
    required: bool = True


def draw_extraction(rng: random.Random, language: Language, split: Split) -> Extraction:
    drawn = rng.random()
    if drawn < 0.25:
        return _from_table(rng, language, split)
    if drawn < 0.4:
        return _records(rng, language, split)
    return _subject(rng, language, split)


def extractions(split: Split, seed: int = 7) -> Iterator[Extraction]:
    """Endless texts in both languages by turns; the same for the same seed."""
    for number in count():
        rng = random.Random(f"json:{split}:{seed}:{number}")
        yield draw_extraction(rng, "zh" if number % 2 == 0 else "en", split)


def json_conversation(rng: random.Random, language: Language) -> tuple[Message, ...]:
    drawn = draw_extraction(rng, language, "train")
    answer = written(drawn.document, pretty=rng.random() < 0.35)
    return (*build_messages(drawn.text, drawn.schema), Message("assistant", answer))


def written(document: Any, *, pretty: bool) -> str:
    """The document in one of the two layouts of JSON mode."""
    if pretty:
        return json.dumps(document, ensure_ascii=False, indent=2)
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


# --- texts about a subject --------------------------------------------------------------------


_TOLD = {"train": (12, 25, 25, 20, 11, 7), "held_out": (0, 25, 30, 25, 12, 8)}
"""How often a text tells one fact, two, three ...: the mix of held-out ones stays as it was."""
_SILENT = {"train": 0.45, "held_out": 0.25}
"""How often a schema has a property of which the text says nothing."""


def _subject(rng: random.Random, language: Language, split: Split) -> Extraction:
    content = read("extraction")
    kind = rng.choice(tuple(content["kinds"]))
    of = content["kinds"][kind]
    name = value(of["name"]["pool"], rng, language, split)
    opening = rng.choice(of["open"][language])
    told = rng.choices((1, 2, 3, 4, 5, 6), weights=_TOLD[split])[0]
    names = rng.sample(of["fields"], min(len(of["fields"]), told))
    pronoun = [he.replace("{v}", name) for he in of["he"]]
    used: set[str] = set()
    fields = [_field(rng, which, language, split, pronoun, used) for which in names]
    said = [one for one in fields if one is not None]
    clauses = [one.words for one in said]
    if rng.random() < 0.25:
        clauses.insert(rng.randint(0, len(clauses)), rng.choice(content["filler"][language]))
    records = None
    if rng.random() < 0.06:
        records = _list(rng, language, split)
    text = _joined(opening.replace("{v}", name), clauses, language, rng)
    key = _key(of["name"]["keys"], language, rng, used)
    used.add(key)
    properties = [_Said(key, {"type": "string"}, name, ""), *said]
    # What a schema does not ask for is left out of the document, however the text tells it.
    few = rng.random() < 0.25  # which of several values a key means is learned best by itself
    asked = [one for one in properties if rng.random() < (0.4 if few else 0.9)] or properties
    if rng.random() < 0.5:
        rng.shuffle(asked)
    if records is not None and records.key not in used:
        text += ("" if language == "zh" else " ") + records.words
        asked.append(records)
    for missing in _missing(rng, of["fields"], names, language, split, used):
        # Anywhere, so that it is the text that tells what is missing, not the place.
        asked.insert(rng.randint(0, len(asked)) if split == "train" else len(asked), missing)
    return _made(text, _nested(rng, asked, language), language, kind, rng, split)


def _missing(
    rng: random.Random,
    fields: list[str],
    told: list[str],
    language: Language,
    split: Split,
    used: set[str],
) -> list[_Said]:
    """Sometimes properties that may be left out, and of which the text says nothing."""
    rest = [name for name in fields if name not in told]
    if {"venue", "address"} & set(told):  # these may tell the city
        rest = [name for name in rest if name not in ("city", "event_city")]
    if not rest or rng.random() < 1 - _SILENT[split]:
        return []
    several = split == "train" and rng.random() < 0.25
    found = []
    for name in rng.sample(rest, min(len(rest), 2 if several else 1)):
        of = read("extraction")["fields"][name]
        key = _key(of["keys"], language, rng, used)
        if key in used:
            continue
        used.add(key)
        found.append(_Said(key, _type(of, language, rng), None, "", required=False))
    return found


_VERBS = (
    "lives", "works", "earns", "knows", "likes", "enjoys", "speaks", "makes", "comes", "gets",
    "receives", "stands", "measures", "holds", "belongs", "represents", "sits",
)  # fmt: skip
"""Those after {S}, which lose their -s after "I"."""


def _field(
    rng: random.Random,
    which: str,
    language: Language,
    split: Split,
    pronouns: list[str],
    used: set[str],
) -> _Said | None:
    of = read("extraction")["fields"][which]
    key = _key(of["keys"], language, rng, used)
    if key in used:
        return None
    used.add(key)
    subject = rng.choice(pronouns)
    shown: str
    if "bool" in of:
        found: Any = rng.random() < 0.5
        words = _phrase(of["bool"][found][language], rng, split)
    elif "enum" in of:
        choices = {name: says[language] for name, says in of["enum"].items() if language in says}
        found = rng.choice(tuple(choices))
        words = _phrase(choices[found], rng, split)
    else:
        found, shown = _value(rng, of, language, split)
        words = _phrase(of[language], rng, split).replace("{v}", shown)
    if subject == "I":
        words = words.replace("{S} is ", "I am ").replace("{S} has ", "I have ")
        for verb in _VERBS:
            words = words.replace(f"{{S}} {verb}", f"I {verb.removesuffix('s')}")
    return _Said(key, _type(of, language, rng), found, words.replace("{S}", subject))


def _value(
    rng: random.Random, of: dict[str, Any], language: Language, split: Split
) -> tuple[Any, str]:
    """A value with the text that shows it."""
    if "range" in of:
        low, high, step = of["range"]
        number = Decimal(str(low)) + rng.randint(0, int((high - low) / step)) * Decimal(str(step))
        plain: int | float = int(number) if number == int(number) else float(number)
        commas = (
            isinstance(plain, int) and plain >= 1000 and "year" not in str(of.get("keys", "year"))
        )
        return plain, f"{plain:,}" if commas and rng.random() < 0.1 else str(plain)
    if "list" in of:
        found = [
            _word(rng, of["list"], language, split) for _ in range(rng.choice((1, 2, 2, 3, 3, 4)))
        ]
        found = list(dict.fromkeys(found))
        comma, last = (
            ("、", rng.choice(("、", "和", "、", "以及"))) if language == "zh" else (", ", " and ")
        )
        shown = comma.join(found[:-1]) + last + found[-1] if len(found) > 1 else found[0]
        return found, shown
    if "make" in of:
        return _make(rng, of["make"], language, split)
    text = value(of["pool"], rng, language, split)
    return text, text


def _word(rng: random.Random, pool: str, language: Language, split: Split) -> str:
    own = read("extraction")["pools"][language]
    if pool not in own:
        return value(pool, rng, language, split)
    if rng.random() < 0.1:
        return made(rng, language)
    allowed = [w for w in own[pool] if is_held_out("value", w) == (split == "held_out")]
    return str(rng.choice(allowed or own[pool]))


def _make(rng: random.Random, kind: str, language: Language, split: Split) -> tuple[str, str]:
    if kind == "date":
        day = date(rng, 1990, 2027)
        zh, long = f"{day.year}年{day.month}月{day.day}日", f"{day:%B} {day.day}, {day.year}"
        iso = day.isoformat()
        return iso, rng.choice((iso, iso, zh if language == "zh" else long))
    if kind == "time":
        text = f"{rng.randint(7, 21):02d}:{rng.choice((0, 0, 15, 30, 30, 45)):02d}"
        return text, text
    if kind == "email":
        user = made(rng, "en").lower() + rng.choice(("", str(rng.randint(1, 99)), ".li", "_w"))
        text = f"{user}@{made(rng, 'en').lower()}.{rng.choice(('com', 'cn', 'org', 'example'))}"
        return text, text
    if kind == "site":
        text = f"www.{made(rng, 'en').lower()}.{rng.choice(('com', 'cn', 'org', 'net'))}"
        return text, text
    if kind == "handle":
        text = made(rng, "en").lower() + str(rng.randint(1, 9999))
        return text, text
    if kind == "phone":
        if language == "zh":
            text = f"1{rng.choice('3578')}{rng.randint(10**8, 10**9 - 1)}"
        else:
            parts = (rng.randint(1, 99), rng.randint(10, 999), rng.randint(100, 999))
            text = f"+{parts[0]} {parts[1]} {parts[2]} {rng.randint(1000, 9999)}"
        return text, text
    if kind == "address":
        street = rng.choice(read("pools")[language]["streets"])
        city = value("city", rng, language, split)
        house = rng.randint(1, 300)
        text = f"{city}{street}{house}号" if language == "zh" else f"{house} {street}, {city}"
        return text, text
    place = _word(rng, "venue", language, split)
    if rng.random() < 0.4:
        city = value("city", rng, language, split)
        place = f"{city}{place}" if language == "zh" else f"{place} in {city}"
    return place, place


def _phrase(phrasings: list[str], rng: random.Random, split: Split) -> str:
    """A third of the phrasings of a held-out text are held out; its values all are."""
    held_out = split == "held_out" and rng.random() < 1 / 3
    return str(phrasings[-1] if held_out else rng.choice(phrasings[:-1]))


def _key(keys: dict[str, list[str]], language: Language, rng: random.Random, used: set[str]) -> str:
    other = language == "zh" and rng.random() < 0.25
    names = keys["en" if other else language]
    free = [name for name in names if name not in used]
    return rng.choice(free or names)


def _type(of: dict[str, Any], language: Language, rng: random.Random) -> Schema:
    if "bool" in of:
        return {"type": "boolean"}
    if "enum" in of:
        values = [name for name, says in of["enum"].items() if language in says]
        rng.shuffle(values)
        return {"type": "string", "enum": values}
    if "list" in of:
        few: Schema = {"maxItems": rng.choice((4, 6, 8, 10))} if rng.random() < 0.3 else {}
        return {"type": "array", "items": {"type": "string"}} | few
    if of.get("make") == "time" and rng.random() < 0.5:
        return dict(TYPES["time"])
    schema: Schema = {"type": of.get("type", "string")}
    if "pool" in of and rng.random() < 0.08:
        schema["maxLength"] = rng.choice((60, 80, 100))
    if "format" in of:
        schema["format"] = of["format"]
    if schema["type"] in ("integer", "number") and rng.random() < 0.3:
        schema["minimum"] = 0
    return schema


# --- lists of records ------------------------------------------------------------------------


def _records(rng: random.Random, language: Language, split: Split) -> Extraction:
    said = _list(rng, language, split)
    if rng.random() < 0.3:
        return Extraction(said.words, said.schema, said.value, language, "list")
    return _made(said.words, [said], language, "list", rng, split)


def _list(rng: random.Random, language: Language, split: Split) -> _Said:
    content = read("extraction")
    of = content["records"][rng.choice(tuple(content["records"]))]
    key = _key(of["keys"], language, rng, set())
    keys: list[str] = []
    schemas: list[Schema] = []
    for names, kind in of["fields"]:
        keys.append(_key(names, language, rng, set(keys)))
        schemas.append(_type(kind, language, rng))
    template = _phrase(of[language], rng, split)
    found, told = [], []
    for _ in range(rng.choice((1, 2, 2, 2, 3, 3))):
        words, record = template, {}
        for at, (_, kind) in enumerate(of["fields"]):
            if kind.get("pool") in content["pools"][language]:
                item: Any = _word(rng, kind["pool"], language, split)
                shown = item
            else:
                item, shown = _value(rng, kind, language, split)
            record[keys[at]] = item
            words = words.replace("{" + str(at) + "}", shown)
        found.append(record)
        told.append(words)
    semicolon, stop = ("；", "。") if language == "zh" else ("; ", ".")
    text = rng.choice(content["opening"][language]) + semicolon.join(told) + stop
    order = list(range(len(keys)))
    kept = [at for at in order if rng.random() < 0.9] or order
    if rng.random() < 0.3:
        rng.shuffle(kept)
    items = _object({keys[at]: schemas[at] for at in kept}, [keys[at] for at in kept])
    records = [{keys[at]: record[keys[at]] for at in kept} for record in found]
    return _Said(key, {"type": "array", "items": items}, records, text)


# --- rows of tables ---------------------------------------------------------------------------


def _from_table(rng: random.Random, language: Language, split: Split) -> Extraction:
    drawn = draw_table(rng, language, split)
    fields = [field for field in drawn.fields if field.role != "date"][
        : rng.choice((2, 3, 3, 4, 4, 5))
    ]
    if rng.random() < 0.25 and len(fields) <= 3:
        rows = list(range(min(drawn.table.rows, rng.randint(2, 3))))
        told = [_row(rng, fields, row, language, split) for row in rows]
        text = "\n".join(told) if rng.random() < 0.5 else _run_on(told, language)
        properties = {field.name: _kind(field) for field in fields}
        items = _object(properties, list(properties))
        found = [{f.name: _plain(f, row) for f in fields} for row in rows]
        key = rng.choice(
            ("列表", "数据", "记录") if language == "zh" else ("items", "rows", "data")
        )
        said = _Said(key, {"type": "array", "items": items}, found, "")
        return _made(text, [said], language, "rows", rng, split)
    row = rng.randrange(drawn.table.rows)
    text = _row(rng, fields, row, language, split)
    asked = [f for f in fields if rng.random() < 0.85] or fields
    if rng.random() < 0.4:
        rng.shuffle(asked)
    properties_said = [_Said(f.name, _kind(f), _plain(f, row), "") for f in asked]
    rest = [f for f in drawn.fields if f not in fields]
    if split == "train" and rest and rng.random() < 0.3:
        f = rng.choice(rest)
        missing = _Said(f.name, _kind(f), None, "", required=False)
        properties_said.insert(rng.randint(0, len(properties_said)), missing)
    return _made(text, properties_said, language, "row", rng, split)


def _run_on(rows: list[str], language: Language) -> str:
    stop = "。" if language == "zh" else ". "
    return "".join(row if row.endswith(stop.strip()) else row + stop for row in rows).strip()


_WAYS: dict[Language, list[str]] = {
    "zh": [
        "{k}：{v}", "{k}:{v}", "{k}是{v}", "{k}为{v}", "{k} {v}", "{k}={v}", "其{k}为{v}",
        "其{k}是{v}", "{k}一栏等于{v}", "{k}（{v}）", "“{k}”：{v}", "{k}：“{v}”", "{k}记为{v}",
        "{k}写着{v}", "{k}填的是{v}", "{k}——{v}", "它的{k}是{v}", "以{v}为{k}", "其{k}等于{v}",
    ],
    "en": [
        "{k}: {v}", "{k} is {v}", "the {k} is {v}", "{k} = {v}", "{k} {v}", "{k}={v}", "{k} - {v}",
        "{k} ({v})", "its {k} is {v}", "with {v} as {k}", "{v} as the {k}", "{k}: \"{v}\"",
        "the {k}: {v}", "{k} was {v}", "for {k} it says {v}", "{v} is its {k}", "a {k} of {v}",
    ],
}  # fmt: skip
"""How a row tells its values; the last one is held out."""


def _row(
    rng: random.Random,
    fields: list[Field],
    row: int,
    language: Language,
    split: Split,
) -> str:
    if language == "zh":
        ways = _WAYS["zh"]
        comma, stop = rng.choice(("，", "；", "\n", " ")), rng.choice(("。", ""))
    else:
        ways = _WAYS["en"]
        comma, stop = rng.choice((", ", "; ", "\n", ", ")), rng.choice((".", ""))
    way = _phrase(ways, rng, split)
    mixed = split == "train" and rng.random() < 0.25
    told = []
    for field in fields:
        if mixed:
            way = _phrase(ways, rng, split)
        key = field.said if rng.random() < 0.7 else field.name
        told.append(way.replace("{k}", key).replace("{v}", field.column.texts[row]))
    return comma.join(told) + stop


def _kind(field: Field) -> Schema:
    if field.role != "measure":
        return {"type": "string"}
    whole = all(isinstance(v, int) for v in field.column.values)
    return {"type": "integer" if whole else "number"}


def _plain(field: Field, row: int) -> Any:
    found = field.column.values[row]
    if isinstance(found, Decimal):
        return int(found) if found == int(found) else float(found)
    return found


# --- putting it together -----------------------------------------------------------------------


def _joined(opening: str, clauses: list[str], language: Language, rng: random.Random) -> str:
    if language == "zh":
        text = opening
        for clause in clauses:
            text += rng.choice(("，", "，", "，", "。", "；", " ")) + clause
        return text + rng.choice(("。", "。", "！", ""))
    sentences = [clause[0].upper() + clause[1:] for clause in clauses]
    return f"{opening}{rng.choice(('.', '.', ':', ' -', '!'))} " + ". ".join(sentences) + "."


def _nested(rng: random.Random, said: list[_Said], language: Language) -> list[_Said]:
    """Sometimes the last two or three properties inside an object of their own."""
    if len(said) < 4 or rng.random() < 0.8 or any(not one.required for one in said):
        return said
    inner = said[-rng.randint(2, 3) :]
    names = ("详情", "信息", "其他") if language == "zh" else ("details", "info", "more")
    schema = _object({one.key: one.schema for one in inner}, [one.key for one in inner])
    group = _Said(rng.choice(names), schema, {one.key: one.value for one in inner}, "")
    return [*said[: -len(inner)], group]


def _made(
    text: str,
    said: list[_Said],
    language: Language,
    kind: str,
    rng: random.Random,
    split: Split,
) -> Extraction:
    # A property that may be left out is, where the text does not tell it; told ones may be
    # optional as well, so that optional does not mean missing.
    optional = {one.key for one in said if not one.required}
    often = split == "train" and bool(optional)
    if rng.random() < (0.6 if often else 0.3):
        optional |= {one.key for one in said[1:] if rng.random() < (0.7 if often else 0.4)}
    required = [one.key for one in said if one.key not in optional]
    schema = _object({one.key: one.schema for one in said}, required)
    document = {one.key: one.value for one in said if one.required}
    return Extraction(text.strip(), schema, document, language, kind)


def _object(properties: dict[str, Schema], required: list[str]) -> Schema:
    schema: Schema = {"type": "object", "properties": properties}
    if required:
        schema["required"] = required
    return schema | {"additionalProperties": False}
