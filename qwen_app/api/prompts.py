"""The field ``prompt_template`` of a request, its verdict, and the list of the library."""

import json

from qwen_app.api.prompt_bodies import (
    Bilingual,
    PromptCheck,
    PromptList,
    PromptPassRate,
    PromptTemplate,
    PromptVariable,
    PromptVerdict,
)
from qwen_app.api.requests import PromptTemplateFields
from qwen_app.errors import InvalidInput, Language
from qwen_app.features.json_mode.prompt import language_of
from qwen_app.features.prompts.compose import Composed, compose
from qwen_app.features.prompts.library import Library
from qwen_app.features.prompts.model import Both, Composition, Template, Values, Variable
from qwen_app.features.prompts.rates import Rates
from qwen_app.features.prompts.verdict import judge
from qwen_app.features.prompts.writing import as_data
from qwen_app.messages import Message

FIELD = "prompt_template"


def composed_of(
    fields: PromptTemplateFields, messages: tuple[Message, ...], library: Library
) -> Composed:
    """
    Raises:
        InvalidInput: ``param`` is the field that is at fault, from ``prompt_template`` on.
    """
    users = [message.content for message in messages if message.role == "user"]
    composition = Composition(
        role=fields.role,
        format=fields.format,
        length=fields.length,
        thinking=fields.thinking,
        variables={
            name: json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value
            for name, value in fields.variables.items()
        },
        language=fields.language or language_of(users[-1] if users else ""),
    )
    if composition.is_empty:
        raise InvalidInput(
            f"`{FIELD}` names no template; give at least one of role, format, length, thinking.",
            f"`{FIELD}` 没有指定任何模板；请至少给出 role、format、length、thinking 之一。",
            param=FIELD,
        )
    try:
        return compose(library, composition)
    except InvalidInput as error:
        raise type(error)(
            error.en, error.zh, param=f"{FIELD}.{error.param}" if error.param else FIELD
        ) from error


def verdict_of(composed: Composed, text: str) -> PromptVerdict | None:
    """None if the composition has nothing to check."""
    judged = judge(composed, text)
    if judged.verdict is None:
        return None
    return PromptVerdict(
        status="right" if judged.verdict.status == "right" else "wrong",
        en=judged.verdict.en,
        zh=judged.verdict.zh,
        checks=[PromptCheck(ok=each.ok, en=each.en, zh=each.zh) for each in judged.findings],
    )


def listed(library: Library, rates: Rates, model: str) -> PromptList:
    return PromptList(
        object="list", data=[_template(each, rates, model) for each in library.templates]
    )


def _template(template: Template, rates: Rates, model: str) -> PromptTemplate:
    languages: tuple[Language, ...] = ("zh", "en")
    data = as_data(template)
    return PromptTemplate(
        kind=template.kind,
        name=template.name,
        title=_both(template.title),
        about=_both(template.about),
        text=_both(template.text),
        variables=[_variable(variable) for variable in template.variables],
        checks=data.get("checks", []),
        example=data.get("example"),
        pass_rates=[
            PromptPassRate(language=language, passed=rate.passed, runs=rate.runs)
            for language in languages
            if (rate := rates.of(model, template, language)) is not None
        ],
    )


def _variable(variable: Variable) -> PromptVariable:
    return PromptVariable(
        name=variable.name,
        type=variable.type,
        title=_both(variable.title),
        required=variable.default is None,
        default=_values(variable.default),
        options=[option.value for option in variable.options] or None,
        min=variable.least,
        max=variable.most,
    )


def _both(text: Both) -> Bilingual:
    return Bilingual(zh=text.zh, en=text.en)


def _values(values: Values | None) -> dict[str, object] | None:
    return None if values is None else {"zh": values.zh, "en": values.en}
