"""Data, tokenizer, training, evaluation and export of the embedded model."""
