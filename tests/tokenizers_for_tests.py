"""A small tokenizer of Qwen2's kind, trained in a moment, for tests of everything."""

from pathlib import Path

import tokenizers
from tokenizers import AddedToken, Regex, decoders, models, normalizers, pre_tokenizers, trainers

SPECIALS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")

# Qwen2's pre-tokenizer: contractions, words, single digits, punctuation, line ends, spaces.
_PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)

_TEXT = (
    "The quick brown fox jumps over the lazy dog and then the other dog.",
    "Solve the equation 2x + 5 = 17 step by step: subtract 5, then divide by 2, so x = 6.",
    '{"name": "Alice", "age": 30, "tags": ["red", "green", "blue"], "ok": true}',
    "你好，世界！请逐步求解方程，然后给出答案。今天的天气很好，我们一起学习数学。",
    "Hello, how are you? I'm fine, thank you. 你叫什么名字？我是一个助手。",
    "def main():\n    return sum(value for value in values)\n\n",
)


def tiny_tokenizer_folder(path: Path) -> Path:
    """Write a tokenizer.json with about 600 tokens into ``path`` (made if need be).

    All 256 bytes are in it, so every text can be spelled, and merges over English, Chinese,
    JSON and code; then Qwen's special tokens. There is no chat template: Qwen2.5's applies.
    """
    backend = tokenizers.Tokenizer(models.BPE())
    backend.normalizer = normalizers.NFC()
    backend.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_PATTERN), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=600,
        min_frequency=1,
        show_progress=False,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
    )
    backend.train_from_iterator(_TEXT, trainer)
    backend.add_special_tokens([AddedToken(text, normalized=False) for text in SPECIALS])
    path.mkdir(parents=True, exist_ok=True)
    backend.save(str(path / "tokenizer.json"))
    return path
