"""Templates and compositions as the page's scripts know them."""

from typing import Any

from qwen_app.errors import Language
from qwen_app.features.prompts.compose import Composed
from qwen_app.features.prompts.model import Both, Template, Value, Values, Variable


def shown_template(template: Template) -> dict[str, Any]:
    return {
        "kind": template.kind,
        "name": template.name,
        "title": shown_both(template.title),
        "about": shown_both(template.about),
        "text": shown_both(template.text),
        "variables": [_variable(variable) for variable in template.variables],
    }


def shown_both(text: Both) -> dict[str, str]:
    return {"en": text.en, "zh": text.zh}


def shown_composed(composed: Composed) -> dict[str, Any]:
    """The prompt, template by template, with what holds the answer to each."""
    return {
        "system": composed.system,
        "parts": [
            {
                "kind": part.template.kind,
                "title": shown_both(part.template.title),
                "text": part.text,
                "held": _held(part.checks, composed.language),
            }
            for part in composed.parts
        ],
    }


def _held(checks: Any, language: Language) -> str:
    """``decoding``: while it is written; ``checked``: when it is complete; empty: neither."""
    if not checks:
        return ""
    held = all(check.constraint(language) is not None for check in checks)
    return "decoding" if held else "checked"


def _variable(variable: Variable) -> dict[str, Any]:
    return {
        "name": variable.name,
        "type": variable.type,
        "title": shown_both(variable.title),
        "initial": _values(variable.default),
        "example": _values(variable.example),
        "options": [
            {"value": option.value, "title": shown_both(option.title)}
            for option in variable.options
        ],
        "least": variable.least,
        "most": variable.most,
    }


def _values(values: Values | None) -> dict[str, Any] | None:
    return None if values is None else {"en": _value(values.en), "zh": _value(values.zh)}


def _value(value: Value) -> str | int | list[str]:
    return list(value) if isinstance(value, tuple) else value
