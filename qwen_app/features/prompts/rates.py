"""How often each template was kept by a model, by `python -m qwen_app.bench prompts`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qwen_app.errors import Language
from qwen_app.features.prompts.model import Kind, Template

RateKey = tuple[Kind, str, Language]


@dataclass(frozen=True, slots=True)
class Rate:
    """Of one template in one language."""

    passed: int
    runs: int


@dataclass(frozen=True, slots=True)
class Rates:
    """Of all models that were measured."""

    by_model: Mapping[str, Mapping[RateKey, Rate]] = field(default_factory=dict)

    def of(self, model: str, template: Template, language: Language) -> Rate | None:
        """None: this model was not measured, or the template has nothing to check."""
        return self.by_model.get(model, {}).get((template.kind, template.name, language))


def load_rates(path: Path) -> Rates:
    """What the file says; nothing where there is no file, or one that cannot be read: the figures
    are for information, and no reason not to start."""
    try:
        models = json.loads(path.read_text(encoding="utf-8"))["models"]
        return Rates({name: _of_model(entry) for name, entry in models.items()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Rates()


def _of_model(entry: Mapping[str, Any]) -> dict[RateKey, Rate]:
    return {
        (row["kind"], row["name"], row["language"]): Rate(int(row["passed"]), int(row["runs"]))
        for row in entry["templates"]
        if row["runs"]
    }
