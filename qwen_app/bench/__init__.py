"""Measurements, against peers in the same run: ``python -m qwen_app.bench``."""
