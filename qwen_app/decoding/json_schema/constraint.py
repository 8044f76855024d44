"""One answer in JSON, from its first token to its last.

Three things stand between the model and the grammar engine's mask:

- *Room.* At every token a completion is at hand: tokens that the engine accepts and that end the
  document, no more of them than the budget has left. A token after which there is no such
  completion is turned down, and the next of the completion stands in its place. So a document is
  complete within its budget, whatever the model does.
- *Measure.* Long before that, a string that has had its share of what is left ends at the next
  word, and nothing optional is begun when little is left. Numbers have at most 17 digits and two
  of an exponent: no double says more.
- *Second tier.* What the grammar could not express is checked as soon as a value is complete. A
  violation takes the answer back to where the value can become another, with the choice that made
  it excluded; see `review`.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from qwen_app.decoding.constraint import Bitmask, start
from qwen_app.decoding.grammar import reason
from qwen_app.decoding.json_schema.asked import numbers_asked, strings_asked
from qwen_app.decoding.json_schema.closing import Completion
from qwen_app.decoding.json_schema.judge import Judge
from qwen_app.decoding.json_schema.layout import coming, conforming, may_begin
from qwen_app.decoding.json_schema.program import Program, Programs
from qwen_app.decoding.json_schema.reader import Now, Place, Unexpected, frames
from qwen_app.decoding.json_schema.review import Review
from qwen_app.decoding.json_schema.source import Source
from qwen_app.decoding.json_schema.spec import JsonSchema
from qwen_app.errors import GenerationFailed, InvalidConstraint
from qwen_app.text.tokenizer import Tokenizer

_NO_LIMIT = 1_000_000_000
_DIGITS = 17
_EXPONENT_DIGITS = 2
_KEY_TOKENS = 24
"""Of a key that the schema does not name."""
_DIGIT_BYTES = frozenset(b"%d" % digit for digit in range(10))
_WORD_END = 8
"""Tokens that a string may run over its share to end a word."""

_LEXEMES = (Now.STRING, Now.NUMBER)
_Before = tuple[Place, Completion, int]


class JsonConstraint:
    """Implements `qwen_app.decoding.constraint.Supervisor`."""

    def __init__(self, program: Program, source: Source | None = None) -> None:
        self._program = program
        self._source = source
        self._words = program.vocabulary
        self._matcher = program.matcher.deep_copy()
        self._judge = Judge(self._matcher, self._words.eos)
        self._reader = program.reader()
        self._place = self._reader.start
        self._completion = program.least
        self._budget = _NO_LIMIT
        self._used = 0
        self._queue: list[int] = []
        self._settled: int | None = None
        """A sampled token that has already been taken."""
        self._share = _NO_LIMIT
        self._ended = False
        self._withdrawn = 0
        self._history: list[_Before] = []
        """What `_look` goes back to, for each token; only with a second tier."""
        self._review = None if program.compiled.exact else Review(program.compiled)

    # --- the protocol ---------------------------------------------------------------------------

    def limit(self, tokens: int) -> None:
        least = max(1, len(self._program.least))
        if tokens < least:
            raise InvalidConstraint(
                f"There is room for {tokens} tokens, and the shortest document that was found for "
                f"the JSON schema has {least}. Raise max_tokens, or shorten the prompt.",
                f"可用长度为 {tokens} 个 token，而满足该 JSON Schema 的最短文档需要 {least} 个。"
                "请调大 max_tokens，或缩短提示词。",
                param="max_tokens",
            )
        self._budget = tokens

    def forced(self) -> Sequence[int]:
        if self._queue:
            return tuple(self._queue)
        if self._ended or self.done:
            return ()
        slack = self._slack
        if slack <= 0:
            self._queue = list(self._completion.tokens)
        elif self._must_end:
            self._queue = list(self._completion.tokens[:1])
        elif self._program.pretty and (space := coming(self._place)) and len(space) > 1:
            # The last space is left to the model: it may be one token with what follows.
            tokens = self._words.spell(space[:-1])
            self._queue = tokens if self._fits(tokens) else list(self._completion.tokens[:1])
        elif slack < 8:
            pass  # the engine's own spelling of what is forced might not fit
        elif not self._place.in_text or self._place.text in (b'"',) or self._pinned:
            self._queue = self._from_grammar()
        return tuple(self._queue)

    def fill_mask(self, mask: Bitmask) -> bool:
        # llguidance adds a word where the vocabulary fills its words exactly.
        allowed = np.frombuffer(self._matcher.compute_bitmask(), dtype=np.uint32)[: len(mask)]
        if self._matcher.is_error():
            mask[:] = 0
            return True
        mask[len(allowed) :] = 0
        into = mask[: len(allowed)]
        into[:] = allowed
        # Each is a wish: where it would leave nothing, it is left aside.
        for narrower in (self._grounded(), self._narrower()):
            if narrower is not None:
                narrower = narrower[: len(allowed)]
                if np.bitwise_and(into, narrower).any():
                    np.bitwise_and(into, narrower, out=into)
        if self._review is not None:
            self._review.exclude(mask)
        return True

    def turns_down(self, token_id: int) -> bool:
        data = self._words.bytes_of[token_id]
        if not data:  # an end token
            return False
        before, used = (self._place, self._completion, self._share), self._used
        if better := (self._program.pretty and self._respelled(data)) or self._reopened(data):
            self._queue = better
            return True
        if not self._matcher.consume_token(token_id):
            raise self._not_allowed(token_id)
        if self._move(token_id, data) and not self._too_much(before[1]):
            self._settled = token_id
            self._remember(before, token_id, data, free=True)
            return False
        self._matcher.rollback(1)
        self._place, self._completion, self._share = before
        self._used = used
        self._queue = list(self._completion.tokens[:1])
        if not self._queue:  # the document is complete, and what was chosen would go on
            self._ended = True
            self._reader.read(self._place, b"")
            self._look()
        return True

    def accept(self, token_id: int) -> None:
        if self._settled == token_id:
            self._settled = None
        else:
            self._take(token_id)
        self._look()

    def _respelled(self, data: bytes) -> list[int]:
        """Tokens instead of one whose whitespace is not that of the layout; none if it is."""
        try:
            text = conforming(self._reader, self._place, data)
        except Unexpected:  # `_move` comes to the same
            return []
        if text == data:
            return []
        tokens = self._words.spell(text)
        return tokens if self._fits(tokens) else list(self._completion.tokens[:1])

    def _fits(self, tokens: list[int]) -> bool:
        """Whether all of these tokens could follow, with a completion after each."""
        before = self._place, self._completion, self._share, self._used
        taken, fits = 0, bool(tokens)
        for token in tokens:
            if not self._matcher.try_consume_tokens([token]):
                fits = False
                break
            taken += 1
            if not self._move(token, self._words.bytes_of[token]):
                fits = False
                break
        fits = fits and not self._announced_in_vain
        self._matcher.rollback(taken)
        self._place, self._completion, self._share, self._used = before
        return fits

    def _take(self, token_id: int) -> None:
        """A forced token, an end token, or one that nobody asked `turns_down` about."""
        data = self._words.bytes_of[token_id]
        queued = bool(self._queue) and self._queue.pop(0) == token_id
        if not queued:
            self._queue.clear()
        before = self._place, self._completion, self._share
        if self._ended or self.done or not self._matcher.consume_token(token_id):
            raise self._not_allowed(token_id)
        if not data:
            self._reader.read(self._place, b"")
            self._ended = True
            self._used += 1
        elif not self._move(token_id, data):
            raise GenerationFailed(
                f"After token {token_id} the document cannot be completed within its budget.",
                f"接受词元 {token_id} 后，文档无法在长度限制内完成。",
            )
        self._remember(before, token_id, data, free=not queued)

    def _remember(self, before: _Before, token_id: int, data: bytes, *, free: bool) -> None:
        if self._review is not None:
            self._history.append(before)
            self._review.keep(token_id, data, free=free)

    @property
    def done(self) -> bool:
        if self._ended:
            return True
        if self._matcher.is_error():
            return False
        if self._matcher.is_stopped():
            return True
        return not len(self._completion) and self._used >= self._budget

    # --- moving ---------------------------------------------------------------------------------

    @property
    def _slack(self) -> int:
        return self._budget - self._used - len(self._completion)

    def _move(self, token_id: int, data: bytes) -> bool:
        """The matcher has taken a token: follow it. False: no completion fits after it."""
        was = self._place
        try:
            place = self._reader.read(was, data)
        except ValueError:  # also a key for the second time
            return False
        entered = False
        if place.in_text:
            entered = (
                place.now is not was.now
                or place.frame is not was.frame
                or len(place.text) < len(was.text) + len(data)
            )
            place = replace(place, tokens=1 if entered else was.tokens + 1)
        self._place = place
        self._used += 1
        completion = self._next_completion(was, place, token_id, data, self._budget - self._used)
        if completion is None:
            return False
        self._completion = completion
        if entered:
            self._share = self._fair_share()
        return True

    def _next_completion(
        self, was: Place, place: Place, token_id: int, data: bytes, left: int
    ) -> Completion | None:
        old = self._completion
        if old.tokens[:1] == (token_id,):
            return old.after(data)
        closer = self._program.closer
        if place.now is was.now and place.frame is was.frame and place.now in _LEXEMES:
            found = closer.end_now(place, old.tail, self._judge, left)
            if found is not None:
                return found
        return closer.complete(place, self._judge, left)

    def _from_grammar(self) -> list[int]:
        """What the engine forces, if there is room for its spelling of it."""
        tokens = self._matcher.compute_ff_tokens()
        if not tokens:
            return []
        data = b"".join(self._words.bytes_of[token] for token in tokens)
        rest = self._completion.data[len(data) :]
        if not self._completion.data.startswith(data):
            return []
        if len(tokens) + len(self._words.spell(rest)) > self._budget - self._used:
            return []
        return tokens

    # --- measure --------------------------------------------------------------------------------

    @property
    def _reserve(self) -> int:
        return max(8, min(64, self._budget // 8))

    @property
    def _pinned(self) -> bool:
        """Within a string or key of which the schema knows every character, perhaps."""
        place = self._place
        return place.now is Now.KEY or any(
            o.type == "literal" or "pattern" in o.rules for o in place.options
        )

    @property
    def _closes(self) -> bool:
        return self._completion.data.lstrip()[:1] in (b"}", b"]")

    @property
    def _must_end(self) -> bool:
        """A number is long enough but may not end here; or little is left, and what is open can
        be closed now."""
        if self._place.now is Now.NUMBER and _full(self._place.text):
            return self._completion.data[:1] in _DIGIT_BYTES
        return self._place.now is Now.AFTER and self._slack < self._reserve and self._closes

    def _too_much(self, before: Completion) -> bool:
        """The token just followed begins something that little room is left for."""
        if self._place.now is Now.NUMBER and _over(self._place.text):
            return True
        if self._announced_in_vain:
            return True
        return self._slack < self._reserve and len(self._completion) > len(before)

    @property
    def _announced_in_vain(self) -> bool:
        """A new line after a value announced the end, which may not come yet."""
        return self._place.now is Now.AFTER and bool(self._place.space) and not self._closes

    def _fair_share(self) -> int:
        """Tokens for the string that begins: what is left, divided by all that may want some."""
        if self._budget == _NO_LIMIT:
            return _NO_LIMIT
        claims = 1 + self._completion.data.count(b'""')
        for frame in frames(self._place):
            if not frame.is_object or any(
                len(option.rules.get("properties", ())) > len(frame.written) + 1
                for option in frame.options[:4]
            ):
                claims += 1
        share = max(4, self._slack // claims - _WORD_END)
        return min(share, _KEY_TOKENS) if self._place.now is Now.KEY else share

    def _narrower(self) -> Bitmask | None:
        place = self._place
        if place.in_text:
            if place.tokens < self._share or not place.whole:
                return None
            if place.tokens < self._share + _WORD_END:
                return self._words.closes_or_continues_word
            return self._words.begins_with_quote
        if place.now is Now.NUMBER and _full(place.text):
            return self._words.ends_number
        if self._program.pretty and (heads := may_begin(place)) is not None:
            return self._words.beginning_with(heads)
        return None

    def _grounded(self) -> Bitmask | None:
        """What goes on in the source, where a string or number is to come from it."""
        if self._source is None:
            return None
        place = self._place
        if place.now is Now.STRING and (strings := strings_asked(place.options)) is not None:
            return self._source.string_mask(place.text[1:], strings)
        options = place.options
        if place.now in (Now.OPENED, Now.MEMBER) and place.frame and not place.frame.is_object:
            options = self._reader.shape.at_hand(place.frame)
        elif place.now not in (Now.NUMBER, Now.VALUE):
            return None
        numbers = numbers_asked(options)
        return None if numbers is None else self._source.number_mask(place.text, numbers)

    def _reopened(self, data: bytes) -> list[int]:
        """Tokens instead of one that has an opening quote and a string, or the beginning of one,
        that the source does not have there: no mask of `Source` could see it."""
        source, place, at = self._source, self._place, -1
        while source is not None and (at := data.find(b'"', at + 1)) >= 0:
            try:
                opened = self._reader.read(place, data[: at + 1])
            except Unexpected:  # `_move` comes to the same
                return []
            if opened.now is not Now.STRING or opened.text != b'"':
                continue
            text, end, _ = data[at + 1 :].partition(b'"')
            strings = strings_asked(opened.options)
            if text and strings is not None and (end or not source.holds(text, strings)):
                tokens = self._words.spell(data[: at + 1])
                return tokens if self._fits(tokens) else list(self._completion.tokens[:1])
        return []

    def _not_allowed(self, token_id: int) -> GenerationFailed:
        if self._matcher.is_error() and (report := self._matcher.get_error()):
            en, zh = reason(report)
            return GenerationFailed(
                f"The JSON schema cannot be followed any further: {en}",
                f"无法继续按照该 JSON Schema 生成：{zh}",
            )
        return GenerationFailed(
            f"The JSON schema does not allow token {token_id} here.",
            f"JSON Schema 不允许此处出现词元 {token_id}。",
        )

    # --- taking back ----------------------------------------------------------------------------

    def take_back(self) -> int:
        count, self._withdrawn = self._withdrawn, 0
        return count

    @property
    def certain(self) -> int:
        if self._review is None or self.done:
            return self._used
        return self._review.certain(self._place)

    @property
    def rewinds(self) -> int:
        return self._review.rewinds if self._review is not None else 0

    def _look(self) -> None:
        """Second tier: after every token that joined the answer."""
        if self._review is None:
            return
        done = self.done
        self._review.begin(self._reader.begun)
        if not done and not self._reader.finished:
            return
        count = self._review.look(self._place, self._completion.data, self._budget, done=done)
        while count:
            self._matcher.rollback(count)
            self._withdrawn += count
            self._ended = False
            self._queue.clear()
            self._used -= count
            self._place, self._completion, self._share = self._history[-count]
            del self._history[-count:]
            self.fill_mask(np.zeros(-(-len(self._words.bytes_of) // 32), dtype=np.uint32))
            count = self._review.go_on_back()


def _full(text: bytes) -> bool:
    mantissa, mark, exponent = text.lower().partition(b"e")
    if mark:
        return len(exponent.lstrip(b"+-")) >= _EXPONENT_DIGITS
    return sum(map(bytes.isdigit, (mantissa[i : i + 1] for i in range(len(mantissa))))) >= _DIGITS


def _over(text: bytes) -> bool:
    """Beyond what a double holds."""
    try:
        return float(text) in (float("inf"), float("-inf"))
    except ValueError:
        return False


@start.register
def start_json(spec: JsonSchema, tokenizer: Tokenizer) -> JsonConstraint:
    source = None if spec.source is None else Source(spec.source, tokenizer)
    return JsonConstraint(tokenizer.derive(Programs).get(spec), source)
