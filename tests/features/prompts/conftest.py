from tests.decoding.conftest import tokenizer

__all__ = ["tokenizer"]
