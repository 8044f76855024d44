"""Constraints from grammars: regular expressions, choices, and whatever else llguidance reads.

llguidance (https://github.com/guidance-ai/llguidance) works on the bytes of tokens, so a character
that is spread over several tokens is no special case. Its own limits bound the time and memory of
a grammar and of each step; what exceeds them becomes an error of that answer.
"""

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from llguidance import LLMatcher, LLParserLimits, LLTokenizer, TokenizerWrapper, regex_to_lark

from qwen_app.decoding.constraint import Bitmask, start
from qwen_app.errors import GenerationFailed, InvalidConstraint
from qwen_app.messages import ConstraintSpec
from qwen_app.text.tokenizer import Tokenizer

_MOST_CHARACTERS = 100_000
"""In a pattern, or in all choices together: a tenth of a second to compile."""
_TOO_COMPLEX = ("too many", "too big", "too complex", "TooComplex", "fuel", "limit")
"""Words by which llguidance says that one of its limits was reached."""


@dataclass(frozen=True, slots=True)
class Regex(ConstraintSpec):
    """The whole answer matches the pattern.

    Syntax of Rust's regex crate, except that ``\\d`` is 0 to 9, not the digits of all scripts.
    Unicode classes such as ``\\p{Han}`` are there; look-around, back-references and word
    boundaries are not, and are refused.
    """

    pattern: str


@dataclass(frozen=True, slots=True)
class Choice(ConstraintSpec):
    """The answer is one of the options, character for character."""

    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lark(ConstraintSpec):
    """The answer is derived from a grammar in llguidance's dialect of Lark.

    Written by this program alone (see `qwen_app.features.tables.query.grammar`), which puts what
    users write into it as JSON strings and never as grammar.
    """

    grammar: str


class GrammarConstraint:
    """The live constraint of one answer, for any grammar of llguidance.

    Implements `qwen_app.decoding.constraint.Constraint`.

    Args:
        tokenizer: gives the vocabulary and the end tokens.
        grammar: as `LLMatcher.grammar_from_lark` or ``grammar_from_json_schema`` give it.

    Raises:
        InvalidConstraint: the grammar has an error, is too complex, or allows no answer.
    """

    def __init__(self, tokenizer: Tokenizer, grammar: str) -> None:
        self._matcher = LLMatcher(
            tokenizer.derive(vocabulary),
            grammar,
            log_level=0,
            limits=LLParserLimits(verbose_errors=False),
        )
        # A grammar that allows nothing, or is too complex to take a step in, shows it only
        # when it is asked for the first token.
        self._forced = deque(self._matcher.compute_ff_tokens())
        self._matcher.compute_bitmask()
        if self._matcher.is_error():
            en, zh = reason(self._matcher.get_error())
            raise InvalidConstraint(
                f"The constraint cannot be enforced: {en}",
                f"无法执行该约束：{zh}",
                param="constraint",
            )

    def forced(self) -> Sequence[int]:
        # Kept from one call to the next: a long literal is worked out once, not at each token.
        if not self._forced:
            self._forced.extend(self._matcher.compute_ff_tokens())
        return tuple(self._forced)

    def fill_mask(self, mask: Bitmask) -> bool:
        # llguidance adds a word where the vocabulary fills its words exactly.
        allowed = np.frombuffer(self._matcher.compute_bitmask(), dtype=np.uint32)[: len(mask)]
        mask[len(allowed) :] = 0
        mask[: len(allowed)] = 0 if self._matcher.is_error() else allowed
        if self._forced:
            # Within a character the engine's mask may know it in single bytes only.
            mask[self._forced[0] // 32] |= np.uint32(1 << (self._forced[0] % 32))
        return True

    def accept(self, token_id: int) -> None:
        if self.done or not self._matcher.consume_token(token_id):
            en, zh = reason(self._matcher.get_error())
            raise GenerationFailed(
                f"The constraint does not allow token {token_id} here: {en}",
                f"约束不允许此处出现词元 {token_id}：{zh}",
            )
        if self._forced and self._forced.popleft() != token_id:
            self._forced.clear()

    @property
    def done(self) -> bool:
        return self._matcher.is_stopped() and not self._matcher.is_error()


@start.register
def _start_regex(spec: Regex, tokenizer: Tokenizer) -> GrammarConstraint:
    _check_text(spec.pattern)
    backslashes = len(spec.pattern) - len(spec.pattern.rstrip("\\"))
    if backslashes % 2:  # llguidance would take it for the escape of its own delimiter
        raise InvalidConstraint(
            "The pattern ends in a lone backslash; write \\\\ for the character itself.",
            "正则表达式以单个反斜杠结尾；若要匹配反斜杠本身，请写成 \\\\。",
            param="constraint",
        )
    return GrammarConstraint(tokenizer, _grammar(spec.pattern))


@start.register
def _start_choice(spec: Choice, tokenizer: Tokenizer) -> GrammarConstraint:
    if not spec.options:
        raise InvalidConstraint(
            "The list of choices is empty; give at least one.",
            "选项列表为空，请至少给出一个选项。",
            param="constraint",
        )
    _check_text("".join(spec.options))
    pattern = "|".join(map(_literal, dict.fromkeys(spec.options)))
    return GrammarConstraint(tokenizer, _grammar(f"(?:{pattern})"))


@start.register
def _start_lark(spec: Lark, tokenizer: Tokenizer) -> GrammarConstraint:
    _check_text(spec.grammar)
    return GrammarConstraint(tokenizer, LLMatcher.grammar_from_lark(spec.grammar))


def _grammar(pattern: str) -> str:
    return LLMatcher.grammar_from_lark(f"start: /{regex_to_lark(pattern, use_ascii='d')}/")


def _check_text(text: str) -> None:
    if len(text) > _MOST_CHARACTERS:
        raise InvalidConstraint(
            f"The constraint has {len(text)} characters; at most {_MOST_CHARACTERS} are allowed.",
            f"约束共有 {len(text)} 个字符，最多允许 {_MOST_CHARACTERS} 个。",
            param="constraint",
        )
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise InvalidConstraint(
            "The constraint holds half of a UTF-16 surrogate pair; send valid Unicode.",
            "约束中含有不成对的 UTF-16 代理字符，请使用有效的 Unicode 文本。",
            param="constraint",
        )


def _literal(text: str) -> str:
    """A pattern for exactly this text."""
    return "".join(c if c.isalnum() else f"\\x{{{ord(c):x}}}" for c in text)


def reason(report: str) -> tuple[str, str]:
    """What llguidance's report says, in English and Chinese; empty if the answer is complete."""
    if not report:
        return "the answer is complete.", "答案已经完整。"
    if "NoExtension" in report:
        return "no text satisfies it.", "没有任何文本能满足它。"
    lines = report.partition("<state>")[0].strip().splitlines() or [""]
    quotes_input = "invalid regex" in lines[0]
    if not quotes_input and any(sign in lines[0] for sign in _TOO_COMPLEX):
        return (
            "it is too complex. Shorten it, or repeat less.",
            "它过于复杂，请缩短或减少重复。",
        )
    line = next((line for line in lines if line.startswith("error: ")), lines[0])
    line = re.sub(r"^(error: |at \d+\(\d+\): )", "", line)[:300]
    return line, line


# --- the vocabulary, as llguidance wants to see it ------------------------------------------


# Sets of tokens that llguidance settles at once where a grammar allows all of them. Its own fit
# the insides of JSON strings; these fit fields between commas (2.6 ms a mask become 0.2 ms).
_NO_COMMA = (r"[^\"\\,\x00-\x1F\x7F]{1,10}", r"[^\"\\,\x00-\x1F\x7F]{1,30}")


class _Vocabulary:
    """What `TokenizerWrapper` reads."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self.bos_token_id = None
        self.eos_token_id = tokenizer.eos_ids[0]
        self.special_token_ids = sorted(tokenizer.special_ids)
        # 0xFF is in no UTF-8 text: by it llguidance knows tokens that no grammar may produce.
        # An end token is none of them either, even one that the tokenizer takes for plain text:
        # the engine ends the answer at it.
        ends = set(tokenizer.eos_ids)
        self.tokens = [
            (id_ not in ends and tokenizer.token_bytes(id_)) or b"\xff<%d>" % id_
            for id_ in range(tokenizer.vocabulary_size)
        ]

    def __call__(self, text: str | bytes) -> list[int]:
        if isinstance(text, bytes):
            text = text.decode()
        return self._tokenizer.encode_exactly(text)


def vocabulary(tokenizer: Tokenizer) -> LLTokenizer:
    """About 0.7 s for 151,665 tokens; made when the first constraint needs it."""
    wrapper: Any = TokenizerWrapper(_Vocabulary(tokenizer))
    spaces, *strings = LLTokenizer.general_slices()
    return LLTokenizer(
        wrapper,
        n_vocab=tokenizer.vocabulary_size,
        eos_token=list(tokenizer.eos_ids),
        slices=[spaces, *_NO_COMMA, *strings],
    )
