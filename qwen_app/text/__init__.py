"""Text in and out: tokenizer with chat template, incremental detokenizer, stop strings."""
