"""Text to token ids and back."""


class Tokenizer: ...
