"""Short definitions: the words a newcomer to this app meets, and a few from school."""

import random
from dataclasses import dataclass

from qwen_app.train.data.example import Exchange, Families, Language, Split
from qwen_app.train.data.frames import framed, joined, phrased
from qwen_app.train.data.texts import questions, read

QUESTIONS: dict[Language, Families] = {
    "zh": joined(questions("definitions")["zh"], framed("what", ["{w}"], "zh")),
    "en": joined(questions("definitions")["en"], framed("what", ["[a |an |the ||]{w}"], "en")),
}


@dataclass(frozen=True, slots=True)
class Concept:
    """Names and definition by language."""

    names: dict[Language, tuple[str, ...]]
    answers: dict[Language, str]


CONCEPTS: tuple[Concept, ...] = tuple(
    Concept(
        {"zh": tuple(raw["zh"]["names"]), "en": tuple(raw["en"]["names"])},
        {"zh": raw["zh"]["answer"], "en": raw["en"]["answer"]},
    )
    for raw in read("concepts")
)
KNOWN = frozenset(
    name.lower() for concept in CONCEPTS for names in concept.names.values() for name in names
)
"""Every name that has a definition, in lower case."""


def definition(rng: random.Random, language: Language, split: Split) -> Exchange:
    concept = rng.choice(CONCEPTS)
    name = rng.choice(concept.names[language])
    question = phrased(QUESTIONS[language], rng, language, split, w=name)
    answer = concept.answers[language]
    return Exchange("definitions", question, answer, language, facts=((answer[:14],),))
