"""Templates as YAML that `reading` reads back to the same templates."""

from collections.abc import Iterable
from typing import Any

import yaml

from qwen_app.features.prompts.model import Both, Template, Value, Values, Variable


def write_templates(templates: Iterable[Template]) -> str:
    """YAML, in a form that is good to edit by hand."""
    entries = [as_data(template) for template in templates]
    return yaml.dump(entries, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100_000)


def as_data(template: Template) -> dict[str, Any]:
    """Plain values, as YAML or JSON have them."""
    data: dict[str, Any] = {
        "kind": template.kind,
        "name": template.name,
        "title": _both(template.title),
    }
    if template.about.en:
        data["about"] = _both(template.about)
    data["text"] = _both(template.text)
    if template.variables:
        data["variables"] = [_variable(variable) for variable in template.variables]
    if template.example is not None:
        example: dict[str, Any] = {"task": _both(template.example.task)}
        if template.example.variables:
            example["variables"] = {
                name: _values(value) for name, value in template.example.variables.items()
            }
        data["example"] = example
    if template.checks:
        data["checks"] = [
            {"type": spec.type, **{key: _plain(value) for key, value in spec.fields.items()}}
            for spec in template.checks
        ]
    return data


def _variable(variable: Variable) -> dict[str, Any]:
    data: dict[str, Any] = {
        "name": variable.name,
        "type": variable.type,
        "title": _both(variable.title),
    }
    if variable.default is not None:
        data["default"] = _values(variable.default)
    if variable.example is not None:
        data["example"] = _values(variable.example)
    if variable.options:
        data["options"] = [
            {"value": option.value, "title": _both(option.title)} for option in variable.options
        ]
    if variable.least is not None:
        data["min"] = variable.least
    if variable.most is not None:
        data["max"] = variable.most
    return data


def _both(text: Both) -> str | dict[str, str]:
    return text.zh if text.zh == text.en else {"zh": text.zh, "en": text.en}


def _values(values: Values) -> object:
    if values.zh == values.en:
        return _plain(values.zh)
    return {"zh": _plain(values.zh), "en": _plain(values.en)}


def _plain(value: Value | object) -> object:
    return list(value) if isinstance(value, tuple) else value


class _Dumper(yaml.SafeDumper):
    """Never aliases, which the reader refuses; texts of several lines as blocks."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002
        return True


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    node: yaml.ScalarNode = dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)
    return node


_Dumper.add_representer(str, _text)
