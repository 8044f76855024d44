"""How people word a request: frames that fit any content, and a careless surface.

What a model must learn is which *content* asks for which answer. So the content of a request
(something one does, asks about or doubts) is combined with many frames, shared by all requests,
and the whole is opened, closed and typed as people do. Frames that are held out occur nowhere in
training, with any content.
"""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from qwen_app.train.data.example import Families, Language, Split
from qwen_app.train.data.grammar import compose
from qwen_app.train.data.texts import families, read

Part = Literal["do", "what", "whether"]
"""What a frame is about; see ``texts/frames.yaml``."""

PARTS: tuple[Part, ...] = ("do", "what", "whether")
FRAMES: dict[Part, dict[Language, Families]] = {
    part: families(read("frames")[part]) for part in PARTS
}

_OPENED, _CLOSED, _SLIPPED, _ENDED = 0.15, 0.06, 0.12, 0.12
"""How often a request is opened, closed, typed carelessly (many have nothing to slip on), and ended
by another sign or none."""
_ENDS = {
    "zh": ("", "", "？？", "！", "。", "...", "~", "?"),
    "en": ("", "", "??", "!", "...", ".", " ?"),
}
_FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_HALF_WIDTH = str.maketrans("？，。！：；（）", "?,.!:;()")
_WIDE_SIGNS = str.maketrans("?,!:", "？，！：")


def framed(part: Part, contents: Sequence[str], language: Language) -> Families:
    """Every frame of the part as a template, its content one of the templates ``contents``."""
    any_content = "[" + "|".join(contents) + "]"
    slot = "{" + part + "}"
    frames = FRAMES[part][language]
    return Families(
        tuple(frame.replace(slot, any_content) for frame in frames.train),
        tuple(frame.replace(slot, any_content) for frame in frames.held_out),
    )


def joined(*sets: Families) -> Families:
    return Families(
        tuple(template for each in sets for template in each.train),
        tuple(template for each in sets for template in each.held_out),
    )


def phrasings(raw: dict[str, Any]) -> dict[Language, Families]:
    """Phrasings of a request by language: its own, and its contents in every frame.

    ``raw`` is ``{zh: {train: [...], held_out: [...], do: [...], what: [...], whether: [...]}, en:
    ...}``; contents may be left out. Own phrasings stand twice, as frames are many.
    """
    return {
        language: _phrasings(own, raw[language], language)
        for language, own in families(raw).items()
    }


def _phrasings(own: Families, raw: dict[str, Any], language: Language) -> Families:
    frames = [framed(part, raw[part], language) for part in PARTS if part in raw]
    return joined(own, own, *frames) if frames else own


def phrased(
    families: Families,
    rng: random.Random,
    language: Language,
    split: Split,
    *,
    opened: bool = True,
    **slots: object,
) -> str:
    """A phrasing of the split's families as a person may type it, its slots then filled.

    Without ``opened`` it has no polite opening or end: before a greeting one would be odd.
    """
    template = rng.choice(families.held_out if split == "held_out" else families.train)
    text = dressed(compose(template, rng), rng, language, opened=opened)
    for name, value in slots.items():
        text = text.replace("{" + name + "}", str(value))
    return text


def dressed(text: str, rng: random.Random, language: Language, *, opened: bool = True) -> str:
    """The request opened and closed politely now and then, and typed carelessly now and then.

    Slots in braces stay as they are.
    """
    words = read("frames")
    if opened and rng.random() < _OPENED:
        text = rng.choice(words["openers"][language]) + _lower_first(text, rng)
    elif language == "en" and rng.random() < 0.7:
        text = text[:1].upper() + text[1:]
    if opened and rng.random() < _CLOSED:
        text = text.rstrip("。.") + rng.choice(words["closers"][language])
    if rng.random() < _SLIPPED:
        slip = rng.choices(_SLIPS, weights=_SLIP_WEIGHTS)[0]
        text = _outside_slots(text, lambda part: slip(part, rng, language))
    if rng.random() < _ENDED:
        text = text.rstrip("？。！，?.!,") + rng.choice(_ENDS[language]) or text
    return text.strip()


def _lower_first(text: str, rng: random.Random) -> str:
    word = text.split(" ", 1)[0]
    small = word[1:].islower() and rng.random() < 0.8 and not word.startswith("I'")
    return text[:1].lower() + text[1:] if small else text


def _outside_slots(text: str, change: Callable[[str], str]) -> str:
    parts = re.split(r"(\{\w+\})", text)
    return "".join(part if part.startswith("{") else change(part) for part in parts)


def _typed_wrong(text: str, rng: random.Random, language: Language) -> str:
    """One slip of the hand: a known one, or a letter left out, doubled or swapped."""
    if language == "zh" or rng.random() < 0.4:
        return _replaced(text, rng, language, read("frames")["slips"][language])
    found = list(re.finditer(r"\b[a-z]{5,}\b", text))
    if not found:
        return text
    match = rng.choice(found)
    word = match[0]
    at = rng.randrange(1, len(word) - 1)
    wrong = rng.choice(
        (
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        )
    )
    return text[: match.start()] + wrong + text[match.end() :]


def _other_language(text: str, rng: random.Random, language: Language) -> str:
    return _replaced(text, rng, language, read("frames")["switched"][language])


def _replaced(text: str, rng: random.Random, language: Language, by: Mapping[str, str]) -> str:
    """One of the words that have another form, in that form."""
    edge = "" if language == "zh" else r"\b"
    found = [(m, new) for old, new in by.items() for m in re.finditer(edge + old + edge, text)]
    if not found:
        return text
    match, new = rng.choice(found)
    return (text[: match.start()] + new + text[match.end() :]).replace("  ", " ")


def _other_width(text: str, rng: random.Random, language: Language) -> str:
    """Other signs; in Chinese now and then wide letters and digits, where they are few."""
    if language == "en":
        return text.translate(_WIDE_SIGNS)
    if rng.random() < 0.8:
        return text.translate(_HALF_WIDTH)
    return re.sub(r"\b[A-Za-z0-9]{1,4}\b", lambda m: m[0].translate(_FULL_WIDTH), text)


def _other_case(text: str, rng: random.Random, language: Language) -> str:
    """Small or capital letters in English; in Chinese, other pauses."""
    if language == "zh":
        return text.replace("，", rng.choice((" ", "", "、")))
    return text.upper() if rng.random() < 0.12 else text.lower()


_SLIPS = (_typed_wrong, _other_language, _other_width, _other_case)
_SLIP_WEIGHTS = (30, 15, 20, 35)
