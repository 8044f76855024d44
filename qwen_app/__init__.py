"""Qwen2.5-0.5B-Instruct made useful: a checked, streaming, continuously batching small model."""

__version__ = "0.1.0"
