"""The arithmetic guard: what a model calculates is right, because it is not the model that does.

Where the text ends in plain arithmetic and a sign of equality, only the exact value may follow (in
one of the ways to write it), or the calculation after one or more of its steps (``12 + 5`` for
``2 × 6 + 5``); behind ``≈``, a rounded value. Most of that is forced, without asking the model.
Then nothing may follow that would make the value another number, or go on calculating with it
(3 × 4 = 12 + 5). Where there is no plain arithmetic the guard does nothing at all.

Law: in guarded text, the value after each plain calculation and its sign of equality is true.
Equations are not its business: whether ``2x = 17 + 5`` follows is for the checker to say.
"""

import codecs
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from qwen_app.decoding.constraint import Bitmask, start
from qwen_app.features.tutor.solving.calculation import Calculation, calculation
from qwen_app.features.tutor.solving.opinion import settled
from qwen_app.features.tutor.solving.quoting import is_quoted
from qwen_app.features.tutor.solving.vocabulary import GuardVocabulary
from qwen_app.features.tutor.solving.writing import roundings, steps, values
from qwen_app.messages import ConstraintSpec
from qwen_app.text.tokenizer import Tokenizer

_KEPT: Final = 600
"""Characters at the end of the text that matter."""

SIGN: Final = re.compile(
    r"(?P<about>≈|≒|≐|约等于|\\approx)|(?P<equal>(?<![!<>=:~≠])[=＝](?![=>])|等于|\bequals\b)"
)
_SIGN_AT_END: Final = re.compile(rf"(?:{SIGN.pattern})(?P<space>[ \t]?)$")

_CLOSED: Final = r"(?:[ \t]|\*\*|[$`)）\]］”’\"'}]|\\[)\]])*"
_STILL_AFTER: Final = re.compile(_CLOSED + "$")
_POINT: Final = re.compile(_CLOSED + r"(?<![ \t])[.,:：]$")
_OPENED: Final = re.compile(_CLOSED + r"[(（][ \t]*$")
_HALF_BOLD: Final = re.compile(_CLOSED + r"(?<!\*)\*$")
_COMMAND: Final = re.compile(_CLOSED + r"\\(?P<name>[A-Za-z]*)$")
_UNIT: Final = re.compile(
    _CLOSED + r"(?:[A-Za-z]{1,12}|[㐀-䶿一-鿿]{1,5})(?:[²³]|\^[23])?" + _CLOSED + "$"
)
_REMAINDERS: Final = re.compile(r"余|…|remainder|left over", re.IGNORECASE)
_NEW_LINE: Final = re.compile(r"[^\n]*\n[ \t]*$")


@dataclass(frozen=True, slots=True)
class ArithmeticGuard(ConstraintSpec):
    """Values of plain arithmetic are calculated, whatever the model would write.

    Args:
        problem: its text. An equation that it states (17 - 5 = 2x) may be quoted.
        written: what stands before the answer, which goes on from it.
    """

    problem: str = ""
    written: str = ""


class ArithmeticConstraint:
    """Implements `qwen_app.decoding.constraint.Constraint`. It never refuses a token: what another
    constraint forces against its mask puts it back to where it has nothing to say."""

    def __init__(self, spec: ArithmeticGuard, tokenizer: Tokenizer) -> None:
        self._problem = spec.problem
        self._tokenizer = tokenizer
        self._ends = frozenset(tokenizer.eos_ids)
        self._vocabulary = tokenizer.derive(GuardVocabulary)
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._text = spec.written[-_KEPT:]
        self._forms: tuple[bytes, ...] = ()
        """What may still be written of the value, in each of its forms."""
        self._values: frozenset[bytes] = frozenset()
        """The whole forms of a value; others are calculations that go on."""
        self._since = b""
        """What was written since the sign of equality."""
        self._or_words = False
        """Instead of the value, words may follow (左边 = 17 = 右边)."""
        self._found: Calculation | None = None
        """Whose value is being written, or was just written."""
        self._after: str | None = None
        """What was written since the value was complete; None where that is no matter."""
        self._ended = False

    # --- the protocol ---------------------------------------------------------------------------

    def forced(self) -> Sequence[int]:
        if self._after is not None or len(self._forms) != 1 or self._or_words:
            return ()
        try:
            return self._tokenizer.encode_exactly(self._forms[0].decode())
        except UnicodeDecodeError:  # within a character
            return ()

    def fill_mask(self, mask: Bitmask) -> bool:
        if self._after is not None:
            mask[:] = ~self._banned_after(self._after) | self._along()
            return True
        if self._forms:
            allowed = self._along()
            if self._or_words:
                allowed |= self._vocabulary.words
            if not allowed.any():
                return False  # a vocabulary that cannot spell it
            mask[:] = allowed
            return True
        if calculation(self._text) is None:
            return False
        mask[:] = ~self._vocabulary.slips
        return True

    def accept(self, token_id: int) -> None:
        if token_id in self._ends:
            self._ended = True
            return
        raw = self._tokenizer.token_bytes(token_id)
        text = self._decoder.decode(raw)
        self._text = (self._text + text)[-_KEPT:]
        if self._forms and (self._after is None or not self._after):
            left = tuple(form[len(raw) :] for form in self._forms if form.startswith(raw))
            self._since += raw
            if left:
                self._forms = tuple(form for form in left if form)
                self._or_words = self._or_words and not text.strip()
                self._after = "" if len(self._forms) < len(left) else None
                return
        self._forms, self._or_words = (), False
        self._go_on(text)

    @property
    def done(self) -> bool:
        return self._ended

    # --- after a value, and elsewhere -----------------------------------------------------------

    def _go_on(self, text: str) -> None:
        """Text came that is no part of a value."""
        sign = _SIGN_AT_END.search(self._text[-12:])
        if self._after is not None:
            self._after += text
            within = self._after
            if sign is not None and self._found is not None and _is_closed(within, sign):
                if self._since in self._values:
                    self._expect(self._found, sign, again=True)
                else:  # after a step, the rest is worked out
                    self._expect(settled(self._before(sign)) or self._found, sign)
                return
            if _goes_on(within):
                return
            self._after = None
        if sign is None:
            return
        found = settled(self._before(sign))
        if found is not None and not is_quoted(found, self._problem):
            self._expect(found, sign)

    def _expect(self, found: Calculation, sign: re.Match[str], *, again: bool = False) -> None:
        """Only the value may come next."""
        about = sign["about"] is not None
        before = self._before(sign).rstrip("&")
        lead = "" if sign["space"] else " " if before.endswith(" ") or sign[0].isalpha() else ""
        # A model that may choose would give a remainder where a fraction is wanted.
        remainders = _REMAINDERS.search(self._problem + self._text) is not None
        written = roundings(found) if about else values(found, remainders=remainders)
        forms = [lead + form for form in _decorated(written, found, self._line)]
        self._values = frozenset(form.encode() for form in forms)
        if not about and not again:
            forms += (lead + step for step in steps(found))
        self._found, self._after, self._since = found, None, b""
        self._forms = tuple(form.encode() for form in dict.fromkeys(forms))
        self._or_words = again and not about

    def _before(self, sign: re.Match[str]) -> str:
        return self._text[: len(self._text) - len(sign[0])]

    @property
    def _line(self) -> str:
        return self._text.rpartition("\n")[2]

    def _along(self) -> Bitmask:
        vocabulary = self._vocabulary
        ids = [id_ for form in self._forms for id_ in vocabulary.along(form)]
        return vocabulary.mask([*ids, *self.forced()[:1]])

    def _banned_after(self, rest: str) -> Bitmask:
        """Tokens that may not follow a value and what stands behind it already."""
        vocabulary = self._vocabulary
        pending, _ = self._decoder.getstate()
        if pending:
            return vocabulary.mask(vocabulary.completing_operator(pending))
        if _NEW_LINE.fullmatch(rest):
            return vocabulary.equals | vocabulary.about
        if (command := _COMMAND.fullmatch(rest)) is not None:
            return vocabulary.mask(vocabulary.operator_commands(command["name"]))
        if _HALF_BOLD.fullmatch(rest):
            return ~vocabulary.mask(vocabulary.along(b"*"))
        if _POINT.fullmatch(rest):
            return vocabulary.digits
        if _OPENED.fullmatch(rest):
            return vocabulary.extends
        if _STILL_AFTER.fullmatch(rest):
            banned = vocabulary.extends_before_words | vocabulary.slips
            if self._found is None or self._found.value.denominator == 1:
                banned = banned | vocabulary.about
            if self._line.count("**") % 2 == 0:
                return banned | vocabulary.bold
            return banned & ~vocabulary.mask(vocabulary.along(b"**"))
        return vocabulary.operates


def _is_closed(rest: str, sign: re.Match[str]) -> bool:
    """Whether the sign stands right behind the value."""
    before = rest[: max(0, len(rest) - len(sign[0]))].rstrip("&")
    return _STILL_AFTER.fullmatch(before) is not None


def _goes_on(rest: str) -> bool:
    """Whether what stands behind a value could still make another number of it."""
    patterns = (_STILL_AFTER, _HALF_BOLD, _POINT, _OPENED, _COMMAND, _UNIT, _NEW_LINE)
    return any(pattern.fullmatch(rest) for pattern in patterns)


def _decorated(written: Sequence[str], found: Calculation, line: str) -> Iterator[str]:
    """Values as they may stand: in bold type, with the sign of their currency, in a box."""
    money = next((part.text for part in found.parts if part.kind == "money"), "")
    for text in written:
        yield text
        if line.count("**") % 2 == 0:
            yield "**" + text
        if found.is_latex:
            yield "\\boxed{" + text
        if money:
            yield money + text


def computed(text: str) -> tuple[tuple[int, int], ...]:
    """The values in a line that the guard calculates, as (start, end) in characters."""
    found: list[tuple[int, int]] = []
    for sign in SIGN.finditer(text):
        sum_ = settled(text[: sign.start()])
        if sum_ is None:
            continue
        written = roundings(sum_) if sign["about"] else values(sum_)
        begin = sign.end()
        while begin < len(text) and text[begin] in " *$¥￥€£":
            begin += 1
        begin += len("\\boxed{") * text.startswith("\\boxed{", begin)
        fits = [form for form in written if text.startswith(form, begin)]
        if fits:
            found.append((begin, begin + max(map(len, fits))))
    return tuple(found)


@start.register
def _start_guard(spec: ArithmeticGuard, tokenizer: Tokenizer) -> ArithmeticConstraint:
    return ArithmeticConstraint(spec, tokenizer)
