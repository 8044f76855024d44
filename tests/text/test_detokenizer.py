"""Detokenizer: pieces joined equal the whole, and no piece ends inside a character."""

from hypothesis import given
from hypothesis import strategies as st

from qwen_app.text.detokenizer import Detokenizer
from qwen_app.text.tokenizer import Tokenizer
from tests.text.strategies import texts


def pieces_of(tokenizer: Tokenizer, ids: list[int]) -> list[str]:
    detokenizer = Detokenizer(tokenizer)
    return [*(detokenizer.append(id_) for id_ in ids), detokenizer.flush()]


def byte_ids(tokenizer: Tokenizer, text: bytes) -> list[int]:
    """One token a byte: the hardest way to spell a text."""
    single = {tokenizer.token_bytes(i): i for i in range(tokenizer.vocabulary_size)}
    return [single[bytes([byte])] for byte in text]


@given(text=texts())
def test_text_joins_to_itself(tokenizer: Tokenizer, text: str) -> None:
    ids = tokenizer.encode_exactly(text)
    assert "".join(pieces_of(tokenizer, ids)) == text


@given(text=texts(max_size=4))
def test_byte_by_byte_every_character_comes_whole_with_its_last_byte(
    tokenizer: Tokenizer, text: str
) -> None:
    expected = [piece for c in text for piece in [""] * (len(c.encode()) - 1) + [c]]
    assert pieces_of(tokenizer, byte_ids(tokenizer, text.encode())) == [*expected, ""]


@given(raw=st.lists(st.binary(max_size=4) | st.sampled_from("é你👍"), max_size=8))
def test_bytes_that_are_no_text_become_what_decode_makes_of_them(
    tokenizer: Tokenizer, raw: list[bytes | str]
) -> None:
    ids = byte_ids(tokenizer, b"".join(r if isinstance(r, bytes) else r.encode() for r in raw))
    assert "".join(pieces_of(tokenizer, ids)) == tokenizer.decode(ids)


def test_any_ids_join_to_decode(tokenizer: Tokenizer) -> None:
    @given(ids=st.lists(st.integers(0, tokenizer.vocabulary_size - 1), max_size=30))
    def join(ids: list[int]) -> None:
        assert "".join(pieces_of(tokenizer, ids)) == tokenizer.decode(ids)

    join()
