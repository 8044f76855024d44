"""The wording of the training data, read from the YAML files in ``texts/``.

What people ask and what is answered is content, edited by people who need no Python; how it is
combined, checked and split is code.
"""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from qwen_app.train.data.example import Families, Language

REAL_MODEL = "python app.py --model Qwen/Qwen2.5-0.5B-Instruct"
"""How one starts the real model; ``<REAL_MODEL>`` in the files."""

_FOLDER = Path(__file__).parent / "texts"


@cache
def read(name: str) -> Any:
    """The content of ``texts/<name>.yaml``; shared, so not to be changed."""
    text = (_FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text.replace("<REAL_MODEL>", REAL_MODEL))


def families(raw: dict[str, Any]) -> dict[Language, Families]:
    """``{zh: {train: [...], held_out: [...]}, en: ...}`` as templates by language."""
    return {
        language: Families(tuple(raw[language]["train"]), tuple(raw[language]["held_out"]))
        for language in ("zh", "en")
    }


def questions(skill: str) -> dict[Language, Families]:
    """How people ask for a skill."""
    return families(read("questions")[skill])
