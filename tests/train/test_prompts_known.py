"""The shipped model knows the prompts that the app builds: a change of them that it cannot read
shows in its loss on held-out answers, long before anyone evaluates again."""

import json
from pathlib import Path

import pytest

from qwen_app.features.json_mode import prompt as json_prompt
from qwen_app.features.tables import prompt as table_prompt
from qwen_app.model.loading import LoadedModel, load_model
from qwen_app.train.corpus import Encoder
from qwen_app.train.held_out import HeldOut, held_out_conversations
from qwen_app.train.stages import vocabulary

FOLDER = Path(__file__).parents[2] / "assets" / "embedded"
MOST = {"tables": 0.25, "json": 0.6, "tutor": 0.12}
"""Nats a token: about half as much again as the weights have, or more."""
EACH = 6


@pytest.fixture(scope="module")
def loaded() -> LoadedModel:
    return load_model(FOLDER, quant="fp32")


def losses(loaded: LoadedModel, *skills: str) -> dict[str, float]:
    asked = held_out_conversations(EACH, skills)
    found = HeldOut(Encoder(vocabulary(FOLDER)), asked, 640).losses(loaded.model, bf16=False)
    return {skill: found[skill] for skill in skills}


def test_the_prompts_of_the_app_are_those_it_learned(loaded: LoadedModel) -> None:
    found = losses(loaded, *MOST)
    assert all(found[skill] < most for skill, most in MOST.items()), found


def test_a_broken_prompt_would_be_noticed(
    loaded: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_prompt, "shape", lambda schema: json.dumps(schema, indent=1))
    monkeypatch.setattr(table_prompt, "_column", lambda column, _: column.name[:1])
    found = losses(loaded, "tables", "json")
    assert all(loss > MOST[skill] for skill, loss in found.items()), found
