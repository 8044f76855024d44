"""The roles of the prompt library: most change nothing about what the embedded model answers; the
translator's wants the translation alone."""

import random
from dataclasses import replace
from functools import cache

from qwen_app.features.prompts.compose import compose
from qwen_app.features.prompts.model import Composition
from qwen_app.train.data.chat import small_talk
from qwen_app.train.data.example import Exchange, Language, Split, is_held_out
from qwen_app.train.data.formed import Formed, any_role, library
from qwen_app.train.data.functions import function
from qwen_app.train.data.knowledge import definition
from qwen_app.train.data.phrases import SAYINGS, Saying, phrase


def in_role(rng: random.Random, language: Language, split: Split) -> Formed:
    """An ordinary exchange under a role of the library, which changes nothing about its answer."""
    draw = rng.choice((small_talk, definition, phrase))
    exchange = replace(draw(rng, language, split), skill="forms")
    composed = compose(library(), Composition(role=any_role(rng), language=language))
    return Formed(exchange, composed)


def translated(rng: random.Random, language: Language, split: Split) -> Formed:
    """A phrase under the translator's role, which wants the translation alone.

    Held out are pairs of phrase and language; each was trained on in other exchanges.
    """
    saying, target = rng.choice(_pairs(language, split))
    word, wanted = rng.choice(saying.forms[language]), saying.forms[target][0]
    composed = compose(
        library(),
        Composition(role="translator", variables={"target": target}, language=language),
    )
    one = Formed(Exchange("forms", word, wanted, language, ((wanted,),)), composed)
    # What is written in Chinese characters alone does not pass for Japanese.
    return one if one.is_answered_by(wanted) else translated(rng, language, split)


@cache
def _pairs(language: Language, split: Split) -> tuple[tuple[Saying, str], ...]:
    return tuple(
        (saying, target)
        for saying in SAYINGS
        for target in saying.forms
        if target != language
        and is_held_out("translated", saying.forms["en"][0], target) == (split == "held_out")
    )


def engineered(rng: random.Random, language: Language, split: Split) -> Formed:
    """A function under the role that writes Python."""
    exchange = replace(function(rng, language, split), skill="forms")
    if exchange.answer.endswith("```"):  # without explanation, which the role wants
        return engineered(rng, language, split)
    composed = compose(library(), Composition(role="python-engineer", language=language))
    return Formed(exchange, composed)
