"""The embedded model's shape and the numbers of its recipe: what was really run."""

from dataclasses import replace

from qwen_app.model.qwen2 import Qwen2Config

CONTEXT_LENGTH = 4096
"""Positions that training reaches by skipping; the tokenizer names it too."""

BASE_VOCABULARY = 4096
"""Tokens learned from conversations, before the vocabulary is extended."""

TOKENIZER_DOCUMENTS = 60_000
"""Generated conversations from which the vocabulary is learned."""

TOKENIZER_SEED = 99

EXTRA_SIGNS = (
    *(' "', " '", "('", "')", "',", '",', '":', '","', '":"', '{"', '"}', '"}}', '":{"', '"},"'),
    *('":["', '"],"', '"]', '"]}', '":[', '":{', "},{", '},{"', '"}]', '"}]}', '"?:', "}]", "}}"),
    *(">=", "<=", "!=", "(*)"),
)
"""Pieces of JSON and SQL that get a token of their own, as do the common Chinese characters and,
as far as there is room, the most frequent Latin words of `WORD_DOCUMENTS` conversations."""

WORD_DOCUMENTS = 20_000

VOCABULARY_SIZE = 9792

EMBEDDED = Qwen2Config(
    vocab_size=VOCABULARY_SIZE,
    hidden_size=192,
    intermediate_size=512,
    num_layers=8,
    num_heads=4,
    num_kv_heads=2,
    head_dim=48,
    rope_theta=10_000.0,
    max_position=CONTEXT_LENGTH,
)
"""5.1 million parameters. Few, wide heads: on CPUs the softmax of attention costs as much as the
products at this size."""

EXPERT = replace(EMBEDDED, num_layers=12)
"""A teacher: half as many layers again, and the same width, so that it can be grown from the
embedded model (see `qwen_app.train.warm`) and begins with all that this knows. A wider one would
begin at nothing, and in the minutes that an expert has here would not even come so far."""

EXPERTS = {
    "mathematics": (
        *("equations", "arithmetic", "drill", "percentages", "units", "geometry", "stories"),
        *("systems", "fractions", "school", "tutor"),
    ),
    "tables": ("tables", "json"),
    "language": ("chat", "definitions", "phrases", "python", "refusals", "forms"),
}
"""What each teacher learns and teaches; every skill has one."""

EXPERT_TOKENS = 1_000_000
"""Of each expert."""

DISTILLATION_TOKENS = 3_000_000
"""Of the last stage, in which the rate falls: with the experts, and without to compare."""
