"""What an answer is held to: each check judges a finished answer, and where a grammar or a guard
can hold it while decoding, says which."""

from qwen_app.features.prompts.checks.base import Check, Finding
from qwen_app.features.prompts.checks.kinds import CHECKS, bind

__all__ = ["CHECKS", "Check", "Finding", "bind"]
