"""JSON mode: a text and a JSON Schema in, one document that validates out.

`prompt` says what the model reads, `task` runs one text, `fields`, `example` and `gallery` make
schemas, `batch` reads tables of texts.
"""
