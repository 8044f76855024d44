"""The embedded model's tokenizer: byte-level BPE under Qwen2's own pre-tokenizer.

Trained under a finer split than it is used with, so that no merge crosses from letters to
Chinese characters, digits or punctuation. A number is then always spelled digit by digit, and a
word the same way wherever it stands, which is what copying and arithmetic depend on. Only a
space before a Latin word or an operator may belong to it, as in Qwen2's vocabulary.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers
from tokenizers import pre_tokenizers as pre
from tokenizers.trainers import BpeTrainer

from qwen_app.messages import Message

END_OF_TEXT, TURN_START, TURN_END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
SPECIALS = (END_OF_TEXT, TURN_START, TURN_END)

# As published in Qwen2's tokenizer.json.
QWEN2_PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
# Chinese in pairs: longer tokens would be the templates' own phrases, and an unseen phrasing
# would be spelled in pieces that were never trained.
FINER_PATTERN = (
    r" ?[A-Za-z]+|\p{Han}{1,2}|[^\P{L}A-Za-z\p{Han}]+|\p{N}"
    r"|\n+| ?[-+=×÷]|\*\*|```|[^\s\p{L}\p{N}]| +"
)

CHAT_TEMPLATE = (
    "{%- for message in messages %}"
    "{{- '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}"
    "{%- endfor %}"
    "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}"
)


def train_tokenizer(texts: Iterable[str], vocab_size: int) -> Tokenizer:
    """A tokenizer of at most ``vocab_size`` ids, the three special tokens last."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizer(QWEN2_PATTERN, FINER_PATTERN)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = BpeTrainer(
        vocab_size=vocab_size - len(SPECIALS),
        min_frequency=2,
        initial_alphabet=pre.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.pre_tokenizer = pre_tokenizer(QWEN2_PATTERN)
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in SPECIALS])
    return tokenizer


def extend_tokenizer(tokenizer: Tokenizer, words: Iterable[str], vocab_size: int) -> Tokenizer:
    """The tokenizer with a token of its own for each of ``words``, as far as there is room; the
    special tokens last.

    The new merges rank below all others, so that other words are spelled as before, except where
    a new token is a part of them.
    """
    saved: dict[str, Any] = json.loads(tokenizer.to_str())
    model = saved["model"]
    specials = {token["content"] for token in saved["added_tokens"]}
    ids = sorted((id_, token) for token, id_ in model["vocab"].items() if token not in specials)
    known = [token for _, token in ids]
    ranks = {tuple(pair): rank for rank, pair in enumerate(model["merges"])}
    for word in words:
        for symbols in _byte_symbols(word):
            if len(known) < vocab_size - len(SPECIALS):
                _add(symbols, known, ranks, vocab_size - len(SPECIALS))
    model["vocab"] = {token: id_ for id_, token in enumerate(known)}
    model["merges"] = [list(pair) for pair in ranks]
    saved["added_tokens"] = []
    extended = Tokenizer.from_str(json.dumps(saved))
    extended.add_special_tokens([AddedToken(token, special=True) for token in SPECIALS])
    return extended


def _add(
    symbols: list[str], known: list[str], ranks: dict[tuple[str, ...], int], most: int
) -> None:
    """Merges and tokens for one word, all of them or, without the room, none."""
    tokens, merges = list(known), dict(ranks)
    while len(left := bpe_pieces(symbols, merges)) > 1:
        merges[left[0], left[1]] = len(merges)
        if left[0] + left[1] not in tokens:
            tokens.append(left[0] + left[1])
    if len(tokens) <= most:
        known[:] = tokens
        ranks.update(merges)


def bpe_pieces(symbols: Sequence[str], ranks: Mapping[tuple[str, ...], int]) -> list[str]:
    """What the merges make of a word's byte symbols: the lowest rank first."""
    pieces = list(symbols)
    while len(pieces) > 1:
        pairs = list(pairwise(pieces))
        best = min(pairs, key=lambda pair: ranks.get(pair, len(ranks)))
        if best not in ranks:
            break
        at = pairs.index(best)
        pieces[at : at + 2] = [best[0] + best[1]]
    return pieces


def _byte_symbols(word: str) -> list[list[str]]:
    """The word's pieces under Qwen2's split, each as one symbol a byte."""
    return [list(piece) for piece, _ in pre_tokenizer(QWEN2_PATTERN).pre_tokenize_str(word)]


def common_characters() -> list[str]:
    """The 3,755 Chinese characters of the first level of GB 2312, which nearly every name, city
    and column heading is written with."""
    cells = ((row, cell) for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF))
    return [bytes(pair).decode("gb2312") for pair in cells if pair < (0xD7, 0xFA)]


def common_words(texts: Iterable[str], count: int) -> list[str]:
    """The most frequent Latin words, those after a space with it; none of a single letter."""
    counts = Counter(word for text in texts for word in re.findall(r" ?[A-Za-z]{2,}", text))
    return [word for word, _ in counts.most_common(count)]


def special_id(tokenizer: Tokenizer, token: str) -> int:
    """Raises:
    KeyError: the vocabulary has no such token.
    """
    id_ = tokenizer.token_to_id(token)
    if id_ is None:
        raise KeyError(token)
    return id_


def pre_tokenizer(*patterns: str) -> pre.PreTokenizer:
    splits = [pre.Split(Regex(pattern), "isolated", invert=False) for pattern in patterns]
    byte_level = pre.ByteLevel(add_prefix_space=False, trim_offsets=False, use_regex=False)
    return pre.Sequence([*splits, byte_level])


def save_tokenizer(tokenizer: Tokenizer, folder: Path, context_length: int) -> None:
    """tokenizer.json and tokenizer_config.json, as transformers' AutoTokenizer reads them."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    added = {
        str(tokenizer.token_to_id(token)): {
            "content": token,
            "lstrip": False,
            "normalized": False,
            "rstrip": False,
            "single_word": False,
            "special": True,
        }
        for token in SPECIALS
    }
    config = {
        "add_bos_token": False,
        "add_prefix_space": False,
        "added_tokens_decoder": added,
        "bos_token": None,
        "chat_template": CHAT_TEMPLATE,
        "clean_up_tokenization_spaces": False,
        "eos_token": TURN_END,
        "errors": "replace",
        "model_max_length": context_length,
        "pad_token": END_OF_TEXT,
        "split_special_tokens": False,
        "tokenizer_class": "PreTrainedTokenizerFast",
        "unk_token": None,
    }
    text = json.dumps(config, ensure_ascii=False, indent=2)
    (folder / "tokenizer_config.json").write_text(text + "\n", encoding="utf-8")


def render(messages: tuple[Message, ...], *, answer_next: bool = False) -> str:
    """The conversation as the chat template writes it."""
    turns = [f"{TURN_START}{m.role}\n{m.content}{TURN_END}\n" for m in messages]
    return "".join(turns) + (f"{TURN_START}assistant\n" if answer_next else "")
