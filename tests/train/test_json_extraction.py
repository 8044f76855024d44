"""Texts with the documents that read them: valid, told by the text, in the app's layouts."""

import json
import random
from itertools import islice
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from qwen_app.features.json_mode.task import JsonTask
from qwen_app.train.data.example import Language, Split
from qwen_app.train.data.json_extraction import extractions, json_conversation, written
from qwen_app.train.data.texts import read

SPLITS: tuple[Split, ...] = ("train", "held_out")
LANGUAGES: tuple[Language, ...] = ("zh", "en")


@pytest.mark.parametrize("split", SPLITS)
def test_documents_are_valid_and_the_app_says_so(split: Split) -> None:
    for each in islice(extractions(split), 400):
        Draft202012Validator.check_schema(each.schema)
        Draft202012Validator(each.schema).validate(each.document)
        assert "{" not in each.text
    for each in islice(extractions(split), 40):
        schema = json.dumps(each.schema, ensure_ascii=False)
        verdict = JsonTask(each.text, schema).verify(written(each.document, pretty=True))
        assert verdict.status == "right"


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for part in value.values() for leaf in _leaves(part)]
    if isinstance(value, list):
        return [leaf for part in value for leaf in _leaves(part)]
    return [value]


@pytest.mark.parametrize("split", SPLITS)
def test_texts_tell_what_documents_say(split: Split) -> None:
    enums = {name for of in read("extraction")["fields"].values() for name in of.get("enum", ())}
    for each in islice(extractions(split), 400):
        digits = "".join(c for c in each.text if c.isdigit())
        for leaf in _leaves(each.document):
            if isinstance(leaf, bool) or leaf in enums:
                continue
            if isinstance(leaf, int | float):
                whole = str(leaf).removesuffix(".0").replace(".", "")
                assert whole in digits, (each.text, leaf)
            elif not leaf[:4].isdigit():  # dates are told in several ways
                assert leaf in each.text, (each.text, leaf)


def test_held_out_phrasings_are_not_trained_on() -> None:
    last = [of["zh"][-1] for of in read("extraction")["fields"].values() if "zh" in of]
    heads = {phrase.split("{v}")[0] for phrase in last if len(phrase.split("{v}")[0]) > 3}
    trained = "".join(each.text for each in islice(extractions("train"), 1500))
    assert heads
    assert not [head for head in heads if head in trained]


def test_conversations_end_with_the_document_in_one_of_the_layouts() -> None:
    for number in range(80):
        messages = json_conversation(random.Random(number), LANGUAGES[number % 2])
        assert [m.role for m in messages] == ["system", "user", "assistant"]
        text = messages[-1].content
        document = json.loads(text)
        assert text in (written(document, pretty=True), written(document, pretty=False))
