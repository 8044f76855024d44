"""Everyday words and phrases in ten languages.

A translation that was never seen cannot be inferred, so only ways of asking are held out. What
is not in the lists is declined (see `refusals`).
"""

import random
from dataclasses import dataclass

from qwen_app.train.data.example import Exchange, Language, Split
from qwen_app.train.data.frames import phrased, phrasings
from qwen_app.train.data.texts import questions, read

PAIRS: tuple[tuple[str, str], ...] = tuple(read("words").items())
"""Chinese and English of each word."""


SAY_IN = phrasings(read("phrase_questions")["say_in"])
"""{w} in the language {l}."""
MEANING = phrasings(read("phrase_questions")["meaning"])
"""What {w}, in the language {l}, means."""
TO_ENGLISH = questions("to_english")
TO_CHINESE = questions("to_chinese")


@dataclass(frozen=True, slots=True)
class Saying:
    """A phrase by language code; the first of its forms is the one to answer with."""

    forms: dict[str, tuple[str, ...]]


SAYINGS: tuple[Saying, ...] = tuple(
    Saying({code: tuple(cell.split(" / ")) for code, cell in raw.items()})
    for raw in read("sayings")["phrases"]
)
NAMES: dict[Language, dict[str, list[str]]] = read("sayings")["names"]
"""What a language is called in a question, by its code."""
_FOREIGN = tuple(code for code in SAYINGS[0].forms if code not in ("zh", "en"))


def phrase(rng: random.Random, language: Language, split: Split) -> Exchange:
    kind = rng.random()
    if kind < 0.6:
        return _said_in(rng, language, split)
    if kind < 0.78:
        return _meaning(rng, language, split)
    return _word(rng, language, split)


def _said_in(rng: random.Random, language: Language, split: Split) -> Exchange:
    saying = rng.choice(SAYINGS)
    source: Language = language if rng.random() < 0.85 else _other(language)
    target = rng.choice((*_FOREIGN, _other(source)))
    word = _typed(rng.choice(saying.forms[source]), rng, source)
    name = rng.choice(NAMES[language][target])
    question = phrased(SAY_IN[language], rng, language, split, w=word, l=name)
    return said_in(saying, source, target, question, language)


def said_in(
    saying: Saying, source: str, target: str, question: str, language: Language
) -> Exchange:
    """The exchange for a phrase asked for in another language."""
    shown, wanted = saying.forms[source][0], saying.forms[target][0]
    name = NAMES[language][target][0]
    answer = (
        f"“{shown}”的{name}是 **{wanted}**。"
        if language == "zh"
        else f"“{shown}” in {name} is **{wanted}**."
    )
    return Exchange("phrases", question, answer, language, facts=_fact(wanted))


def _meaning(rng: random.Random, language: Language, split: Split) -> Exchange:
    saying, source = rng.choice(_UNAMBIGUOUS)
    word = _typed(saying.forms[source][0], rng, source)
    name = rng.choice(NAMES[language][source])
    question = phrased(MEANING[language], rng, language, split, w=word, l=name)
    shown, meant = saying.forms[source][0], saying.forms[language][0]
    name = NAMES[language][source][0]
    answer = (
        f"“{shown}”是{name}，意思是 **{meant}**。"
        if language == "zh"
        else f"“{shown}” is {name} and means **{meant}**."
    )
    return Exchange("phrases", question, answer, language, facts=_fact(meant))


def _word(rng: random.Random, language: Language, split: Split) -> Exchange:
    """A word of the longer list, between Chinese and English."""
    chinese, english = rng.choice(PAIRS)
    source, target, word, wanted = (
        ("zh", "en", chinese, english) if rng.random() < 0.55 else ("en", "zh", english, chinese)
    )
    if rng.random() < 0.5:
        asked = (TO_ENGLISH if target == "en" else TO_CHINESE)[language]
        question = phrased(asked, rng, language, split, w=word)
    else:
        name = rng.choice(NAMES[language][target])
        question = phrased(SAY_IN[language], rng, language, split, w=word, l=name)
    saying = Saying({source: (word,), target: (wanted,)})
    return said_in(saying, source, target, question, language)


def _other(language: Language) -> Language:
    return "en" if language == "zh" else "zh"


def _typed(word: str, rng: random.Random, code: str) -> str:
    """The phrase as one may type it: with a capital letter, without its last sign."""
    if rng.random() < 0.3:
        word = word.rstrip("?？ ")
    if code != "zh" and rng.random() < 0.35:
        word = word[:1].upper() + word[1:]
    return word


def _fact(wanted: str) -> tuple[tuple[str, ...], ...]:
    return ((f"**{wanted}**",),)


def _unambiguous() -> tuple[tuple[Saying, str], ...]:
    """Foreign forms that belong to a single phrase of a single language."""
    counts: dict[str, int] = {}
    for saying in SAYINGS:
        for forms in saying.forms.values():
            counts[forms[0].lower()] = counts.get(forms[0].lower(), 0) + 1
    return tuple(
        (saying, code)
        for saying in SAYINGS
        for code in _FOREIGN
        if counts[saying.forms[code][0].lower()] == 1
    )


_UNAMBIGUOUS: tuple[tuple[Saying, str], ...] = _unambiguous()


def unknown_language(rng: random.Random, language: Language, split: Split) -> str:
    """A request for a language of which no phrase is known."""
    word = rng.choice(rng.choice(SAYINGS).forms[language])
    name = rng.choice(read("sayings")["unknown"][language])
    return phrased(SAY_IN[language], rng, language, split, w=word, l=name)


def unknown_phrase(word: str, rng: random.Random, language: Language, split: Split) -> str:
    """A request for a phrase that is not in the lists, in a language that is."""
    name = rng.choice(NAMES[language][rng.choice((*_FOREIGN, _other(language)))])
    return phrased(SAY_IN[language], rng, language, split, w=word, l=name)


KNOWN_WORDS: frozenset[str] = frozenset(
    form.lower().rstrip("?？ ")
    for form in (
        *(form for saying in SAYINGS for forms in saying.forms.values() for form in forms),
        *(word for pair in PAIRS for word in pair),
    )
)
"""Every phrase that has a translation."""
