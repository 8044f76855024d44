"""Solutions that are written by a model, kept true by a calculator and judged line by line."""
