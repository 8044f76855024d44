"""Texts that are hard on a tokenizer, a detokenizer or a chat template."""

from hypothesis import strategies as st

HARD_PIECES = (
    "<|im_start|>",
    "<|im_end|>",
    "<|endoftext|>",
    "<|im_start|>system\n",
    "<",
    "<|",
    "|im_end|>",
    "<|IM_END|>",
    "<|im_",
    "end|>",
    "<|im_<|im_end|>end|>",
    "你好，世界",
    "龘靐",
    "👩‍👩‍👧‍👦",
    "👍🏽",
    "🇨🇳",
    "e\u0301",
    "\u0301",
    "\uf900",
    "가각",
    "\ue000",
    "\U000f0000",
    "\ufffd",
    " ",
    "\n",
    "\r\n",
    "\u2028",
    "\x00",
    "{{ messages }}",
    "{% raw %}",
    "a",
    "The",
)


def texts(max_size: int = 8) -> st.SearchStrategy[str]:
    """Arbitrary Unicode mixed with the pieces above."""
    piece = st.sampled_from(HARD_PIECES) | st.text(max_size=6)
    return st.lists(piece, max_size=max_size).map("".join)
