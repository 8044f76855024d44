"""One prompt of several templates, and what its answer is held to."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from qwen_app.errors import InvalidInput, Language
from qwen_app.features.prompts import values
from qwen_app.features.prompts.checks import Check, bind
from qwen_app.features.prompts.constraints import held
from qwen_app.features.prompts.library import Library
from qwen_app.features.prompts.model import (
    KINDS,
    Composition,
    Kind,
    Template,
    Value,
    Variable,
)
from qwen_app.features.prompts.reading import PLACEHOLDER
from qwen_app.messages import ConstraintSpec, Message

ORDER: Final[tuple[Kind, ...]] = ("role", "thinking", "format", "length")
"""Of the texts in the prompt: who, how, in which form, how long. What is read last is kept best
by small models, so the hard limits stand there."""


@dataclass(frozen=True, slots=True)
class Part:
    """One template of a composition, its variables filled in."""

    template: Template
    text: str
    checks: tuple[Check, ...]
    """What an answer is held to; see `qwen_app.features.prompts.constraints.held`."""


@dataclass(frozen=True, slots=True)
class Composed:
    """A composition ready for use."""

    system: str
    """The text for the system message; empty if nothing was chosen."""
    parts: tuple[Part, ...]
    """In the order of `ORDER`."""
    constraint: ConstraintSpec | None
    """What holds the checks while decoding, as far as they can be held."""
    language: Language

    @property
    def checks(self) -> tuple[Check, ...]:
        return tuple(check for part in self.parts for check in part.checks)

    @property
    def is_whole(self) -> bool:
        """The answer is nothing but a format: a document, a table, a list, code, a choice."""
        return any(check.is_whole for check in self.checks)

    def messages(self, task: str) -> tuple[Message, ...]:
        """The conversation: what was chosen as the system's message, the task as the user's."""
        system = (Message("system", self.system),) if self.system else ()
        return (*system, Message("user", task.strip()))


def compose(library: Library, composition: Composition) -> Composed:
    """
    Raises:
        InvalidInput: there is no such template (``param`` is the kind); variables are missing,
            unknown or wrong (``param`` is ``variables`` or ``variables.NAME``); or two templates
            exclude each other (``param`` is the kind of one). All problems of variables are told
            at once.
    """
    chosen = [
        library.get(kind, name) for kind in ORDER if (name := composition.name_of(kind)) is not None
    ]
    filled = _fill(chosen, composition)
    parts = tuple(
        _part(template, filled[template.kind], composition.language) for template in chosen
    )
    holding = held({part.template.kind: part.checks for part in parts}, composition.language)
    return Composed(
        system="\n\n".join(part.text for part in parts),
        parts=tuple(replace(part, checks=holding.checks[part.template.kind]) for part in parts),
        constraint=holding.constraint,
        language=composition.language,
    )


def _part(template: Template, given: Mapping[str, Value], language: Language) -> Part:
    variables = {variable.name: variable for variable in template.variables}
    text = PLACEHOLDER.sub(
        lambda match: values.shown(variables[match[1]], given[match[1]], language),
        template.text.of(language),
    )
    return Part(template, text, tuple(bind(spec, given) for spec in template.checks))


def _fill(chosen: list[Template], composition: Composition) -> dict[Kind, dict[str, Value]]:
    owners: dict[str, list[Template]] = {}
    for template in chosen:
        for variable in template.variables:
            owners.setdefault(variable.name, []).append(template)
    known = {
        **{name: (each[0], name) for name, each in owners.items() if len(each) == 1},
        **{f"{t.kind}.{v.name}": (t, v.name) for t in chosen for v in t.variables},
    }
    faults: list[tuple[str, str, str]] = []  # param, English, Chinese
    given: dict[tuple[Kind, str], object] = {}
    for name, value in composition.variables.items():
        if name in known:
            template, own = known[name]
            given[template.kind, own] = value
        elif name in owners:
            full = " / ".join(f"{template.kind}.{name}" for template in owners[name])
            faults.append(
                (name, f"`{name}` is ambiguous; write {full}", f"`{name}` 有歧义，请写 {full}")
            )
        else:
            listed = ", ".join(owners) or "-"
            faults.append(
                (
                    name,
                    f"there is no variable `{name}`; there are {listed}",
                    f"没有变量 `{name}`；可用：{listed}",
                )
            )
    filled: dict[Kind, dict[str, Value]] = {}
    for template in chosen:
        filled[template.kind] = {}
        for variable in template.variables:
            value = _value(template, variable, given, composition.language, faults)
            if value is not None:
                filled[template.kind][variable.name] = value
    if faults:
        raise InvalidInput(
            "The variables cannot be used: " + "; ".join(en for _, en, _ in faults) + ".",
            "变量无法使用：" + "；".join(zh for _, _, zh in faults) + "。",
            param=f"variables.{faults[0][0]}",
        )
    return filled


def _value(
    template: Template,
    variable: Variable,
    given: Mapping[tuple[Kind, str], object],
    language: Language,
    faults: list[tuple[str, str, str]],
) -> Value | None:
    key = (template.kind, variable.name)
    if key not in given:
        if variable.default is not None:
            return variable.default.of(language)
        faults.append(
            (
                variable.name,
                f"`{variable.name}` is missing ({variable.title.en}, of {template.title.en})",
                f"缺少 `{variable.name}`（{template.title.zh}的{variable.title.zh}）",
            )
        )
        return None
    if said := values.wrong(variable, given[key]):
        faults.append(
            (variable.name, f"`{variable.name}` {said[0]}", f"`{variable.name}` {said[1]}")
        )
        return None
    return values.normal(given[key])


def example_composition(template: Template, language: Language) -> tuple[Composition, str]:
    """The composition that tries a template alone, and its task."""
    example = template.example
    found = {
        variable.name: value.of(language)
        for variable in template.variables
        if (value := variable.example or variable.default) is not None
    }
    if example is not None:
        found |= {name: value.of(language) for name, value in example.variables.items()}
    names = {kind: template.name if kind == template.kind else None for kind in KINDS}
    task = example.task.of(language) if example is not None else ""
    return Composition(**names, variables=found, language=language), task
