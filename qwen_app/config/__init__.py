"""The server's settings: what can be set (`settings`), and from where (`sources`)."""

from qwen_app.config.settings import Settings
from qwen_app.config.sources import load

__all__ = ["Settings", "load"]
