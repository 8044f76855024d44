"""What the prompt library answers to the page's scripts."""

import json
from typing import Any

import pytest
from fastapi import HTTPException

from qwen_app.engine.scripted import ScriptedEngine
from qwen_app.errors import InvalidInput
from qwen_app.features.chat import ChatTask
from qwen_app.features.prompts.library import Library
from qwen_app.features.prompts.reading import read_templates
from qwen_app.features.prompts.task import PromptTask
from qwen_app.features.tables.reading.read import read_table
from qwen_app.features.tables.unverified import TableTextTask
from qwen_app.features.tutor.solving.task import TutorTask
from qwen_app.ui.json_wire import AskJson
from qwen_app.ui.prompt_tab import previewed, read_own
from qwen_app.ui.prompt_wire import AskUnder, Preview, SentComposition
from qwen_app.ui.tutor_wire import AskTutor
from qwen_app.ui.wire import parse

ID = "0123456789abcdef"
GUIDE = {
    "kind": "role",
    "name": "guide",
    "title": {"zh": "导游", "en": "Guide"},
    "text": "You are a guide to {{place}}.",
    "variables": [{"name": "place", "type": "text", "title": "Place"}],
}
SHORT = {
    "kind": "length",
    "name": "short",
    "title": "Short",
    "text": "At most {{n}} words.",
    "variables": [{"name": "n", "type": "integer", "title": "n", "default": 6, "min": 1}],
    "checks": [{"type": "length", "unit": "words", "most": "{{n}}"}],
}
LIBRARY = Library(read_templates(json.dumps([SHORT]), "library").templates)


def composition(**more: Any) -> dict[str, Any]:
    return {"language": "en", "own": json.dumps([GUIDE]), **more}


def guided(**more: Any) -> dict[str, Any]:
    given = [{"name": "role.place", "value": "Rome"}]
    return composition(role="guide", length="short", variables=given) | more


def test_a_preview_shows_each_part_and_what_holds_it() -> None:
    engine = ScriptedEngine()
    sent = parse(Preview, {"composition": guided(), "task": "Begin."})
    shown = previewed(sent, LIBRARY, engine)
    assert [part["text"] for part in shown["parts"]] == [
        "You are a guide to Rome.",
        "At most 6 words.",
    ]
    assert [part["held"] for part in shown["parts"]] == ["", "decoding"]
    composed = sent.composition.composed(LIBRARY)
    assert shown["tokens"] == engine.count_tokens(composed.messages("Begin."))


def test_what_is_wrong_is_told_in_both_languages() -> None:
    sent = parse(Preview, {"composition": composition(role="guide")})
    error = previewed(sent, LIBRARY, ScriptedEngine())["error"]
    assert error["param"] == "variables.place"
    assert "place" in error["en"]
    assert "place" in error["zh"]


@pytest.mark.parametrize("own", ["[{}]", "- a: [", json.dumps([{**GUIDE, "odd": 1}])])
def test_templates_from_the_page_are_read_as_strictly_as_files(own: str) -> None:
    sent = parse(SentComposition, composition(own=own))
    with pytest.raises(InvalidInput) as caught:
        sent.composed(LIBRARY)
    assert caught.value.param == "own"


async def test_templates_are_read_and_written_down() -> None:
    read = await read_own({"text": json.dumps(GUIDE)})
    assert read["problems"] == []
    (template,) = read["templates"]
    assert template["shown"]["title"] == {"en": "Guide", "zh": "导游"}
    again = await read_own({"text": f"[{template['source']}]"})
    assert again == read


async def test_problems_come_with_their_lines() -> None:
    read = await read_own({"text": "- kind: role\n  name: x\n  titel: X\n  text: y\n"})
    assert read["templates"] == []
    assert {problem["line"] for problem in read["problems"]} >= {3}


async def test_too_much_is_refused() -> None:
    with pytest.raises(HTTPException):
        await read_own({"text": "#" * 400_001})


def test_a_chat_without_a_composition_is_as_before() -> None:
    turn = {"id": ID, "messages": [{"role": "user", "content": "Hi"}]}
    assert isinstance(parse(AskUnder, turn).made(LIBRARY), ChatTask)
    made = parse(AskUnder, turn | {"composition": guided()}).made(LIBRARY)
    assert isinstance(made, PromptTask)
    assert made.composed.constraint is not None


def test_json_mode_takes_the_text_before_its_instructions() -> None:
    order = {
        "id": ID,
        "schema_text": "true",
        "text": "x",
        "instructions": "Be exact.",
        "composition": guided(),
    }
    told = parse(AskJson, order).task(LIBRARY).instructions
    assert told.startswith("You are a guide to Rome.")
    assert told.endswith("Be exact.")


def test_the_tutor_takes_a_role_and_a_limit_of_characters() -> None:
    brief = {**SHORT, "checks": [{"type": "length", "unit": "characters", "most": "{{n}}"}]}
    own = json.dumps([GUIDE, {**brief, "name": "brief"}])
    order = {"id": ID, "kind": "solve", "problem": "x = 1", "language": "en"}
    assert parse(AskTutor, order).role_and_limit(LIBRARY) == ("", None)
    both = guided(own=own) | {"length": "brief"}
    sent = parse(AskTutor, order | {"composition": both})
    role, limit = sent.role_and_limit(LIBRARY)
    assert (role, limit) == ("You are a guide to Rome.", 6)
    told = TutorTask("x = 1", "en", role=role, limit=40).messages()[0].content
    assert told.startswith(role)
    assert "40" in told
    words = parse(AskTutor, order | {"composition": guided()})
    with pytest.raises(InvalidInput):
        words.role_and_limit(LIBRARY)


def test_free_text_about_a_table_is_held_to_the_composition() -> None:
    (found, *_) = read_table("a,b\n1,2\n", filename="t.csv")
    composed = parse(SentComposition, guided()).composed(LIBRARY)
    task = TableTextTask(found.table, "Summarize.", composed=composed)
    engine = ScriptedEngine()
    request = task.prepare(
        defaults=engine.info.defaults,
        context_length=engine.info.context_length,
        count_tokens=engine.count_tokens,
    ).request
    assert request.constraint == composed.constraint
    assert task.verify("one two three four five six seven").status == "wrong"
    kept = task.verify("Two columns.")
    assert kept.status == "unchecked"
    assert "2 words" in kept.en
