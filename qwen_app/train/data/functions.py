"""Short Python functions with a sentence of explanation; the tests run every one.

What varies is how one asks, a threshold or factor, and now and then the function's name; whole
ways of asking and a tenth of the thresholds are held out.
"""

import random
from dataclasses import dataclass
from textwrap import indent
from typing import Any

from qwen_app.train.data.example import Exchange, Language, Split, is_held_out
from qwen_app.train.data.frames import phrased, phrasings
from qwen_app.train.data.grammar import compose
from qwen_app.train.data.reference import REFERENCE
from qwen_app.train.data.running import Case
from qwen_app.train.data.texts import read

_THEMES = ("numbers", "lists", "strings")
_NAMED, _BARE = 0.15, 0.1
"""How often the question names the function, or wants no explanation."""


QUESTIONS = phrasings(read("code_questions")["python"])
"""{w} in Python."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function's name, parameters and body, and how it is asked for and explained."""

    name: str
    given: str
    body: str
    inputs: tuple[tuple[Any, ...], ...]
    k: tuple[int, int] | None
    """Least and most of the number {k} in body, tasks and notes; None: it has none."""
    tasks: dict[Language, tuple[str, ...]]
    notes: dict[Language, str]

    def code(self, name: str) -> str:
        return f"def {name}({self.given}):\n{indent(self.body, '    ')}"

    def cases(self, k: int | None) -> tuple[Case, ...]:
        head = () if k is None else (k,)
        return tuple((args, REFERENCE[self.name](*head, *args)) for args in self.inputs)


def _function(raw: dict[str, Any]) -> Function:
    return Function(
        raw["f"],
        raw["given"],
        raw["code"].strip(),
        tuple(tuple(args) for args in raw["args"]),
        (raw["k"][0], raw["k"][1]) if "k" in raw else None,
        {"zh": tuple(raw["zh"]["tasks"]), "en": tuple(raw["en"]["tasks"])},
        {"zh": raw["zh"]["note"], "en": raw["en"]["note"]},
    )


FUNCTIONS: tuple[Function, ...] = tuple(
    _function(raw) for theme in _THEMES for raw in read(f"functions/{theme}")
)


def function(rng: random.Random, language: Language, split: Split) -> Exchange:
    chosen = rng.choice(FUNCTIONS)
    return asked(chosen, threshold(chosen, rng, split), rng, language, split)


def threshold(chosen: Function, rng: random.Random, split: Split) -> int | None:
    """A number k that the split may show; any, where it has none of its own."""
    if chosen.k is None:
        return None
    least, most = chosen.k
    own = [
        k
        for k in range(least, most + 1)
        if is_held_out("k", chosen.name, k) == (split == "held_out")
    ]
    return rng.choice(own or range(least, most + 1))


def asked(
    chosen: Function, k: int | None, rng: random.Random, language: Language, split: Split
) -> Exchange:
    task = compose(rng.choice(chosen.tasks[language]), rng)
    question = phrased(QUESTIONS[language], rng, language, split, w=task)
    name, bare = chosen.name, False
    drawn = rng.random()
    if drawn < _NAMED:
        name = rng.choice(read("code_questions")["names"])
        question = _with_wish(question, "named", rng, language).replace("{f}", name)
    elif drawn < _NAMED + _BARE:
        question = _with_wish(question, "bare", rng, language)
        bare = True
    code = chosen.code(name)
    answer = f"```python\n{code}\n```" + ("" if bare else f"\n\n{chosen.notes[language]}")
    question, answer, code = (text.replace("{k}", str(k)) for text in (question, answer, code))
    return Exchange("python", question, answer, language, ((code,),), cases=chosen.cases(k))


def _with_wish(question: str, kind: str, rng: random.Random, language: Language) -> str:
    wish = compose(rng.choice(read("code_questions")[kind][language]), rng)
    return question.rstrip("。.?？!！~， ") + wish
