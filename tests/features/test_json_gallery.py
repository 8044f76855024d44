"""The gallery holds what it promises."""

import json

import jsonschema
import pytest

from qwen_app.errors import Language
from qwen_app.features.json_mode.gallery import GALLERY, Exhibit
from qwen_app.features.json_mode.prompt import language_of


def test_there_are_at_least_eight_kinds() -> None:
    assert len({exhibit.id for exhibit in GALLERY}) == len(GALLERY) >= 8


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("exhibit", GALLERY, ids=lambda exhibit: exhibit.id)
def test_each_is_a_closed_schema_with_a_text_in_its_language(
    exhibit: Exhibit, language: Language
) -> None:
    sample = exhibit.sample(language)
    schema = json.loads(sample.schema)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["additionalProperties"] is False
    assert len(schema["properties"]) >= 2
    assert language_of(sample.text) == language
    assert language_of(sample.fields.replace("?", "")) == language
