"""Token ids to text, one at a time."""

import codecs

from qwen_app.text.tokenizer import Tokenizer


class Detokenizer:
    """Incremental `Tokenizer.decode`.

    Law: what `append` and the final `flush` return, joined, is ``decode`` of all appended ids.
    A character whose bytes are spread over several tokens comes out whole, with its last byte;
    at most three bytes are held back. Constant time a token.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._token_bytes = tokenizer.token_bytes
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def append(self, token_id: int) -> str:
        """The characters that this token completes; may be empty."""
        return self._decoder.decode(self._token_bytes(token_id))

    def flush(self) -> str:
        """The end: an unfinished character becomes U+FFFD."""
        return self._decoder.decode(b"", final=True)
