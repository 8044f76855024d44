"""Python: lines of code that show one thing, and the functions of `functions`."""

import random
from dataclasses import dataclass

from qwen_app.train.data.example import Exchange, Language, Split
from qwen_app.train.data.frames import phrased
from qwen_app.train.data.functions import QUESTIONS, function
from qwen_app.train.data.texts import read

_LINES_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Snippet:
    """Code that runs, the tasks it solves and a note, by language."""

    code: str
    tasks: dict[Language, tuple[str, ...]]
    notes: dict[Language, str]


SNIPPETS: tuple[Snippet, ...] = tuple(
    Snippet(
        raw["code"],
        {"zh": tuple(raw["zh"]["tasks"]), "en": tuple(raw["en"]["tasks"])},
        {"zh": raw["zh"]["note"], "en": raw["en"]["note"]},
    )
    for raw in read("snippets")
)


def snippet(rng: random.Random, language: Language, split: Split) -> Exchange:
    draw = lines if rng.random() < _LINES_SHARE else function
    return draw(rng, language, split)


def lines(rng: random.Random, language: Language, split: Split) -> Exchange:
    chosen = rng.choice(SNIPPETS)
    task = rng.choice(chosen.tasks[language])
    question = phrased(QUESTIONS[language], rng, language, split, w=task)
    answer = f"```python\n{chosen.code}\n```\n\n{chosen.notes[language]}"
    return Exchange("python", question, answer, language, facts=((chosen.code,),))
