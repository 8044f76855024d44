"""What a tab is to the page, and what every tab is given."""

from dataclasses import dataclass
from typing import Protocol

from qwen_app.engine.base import Engine
from qwen_app.features.prompts.library import Library
from qwen_app.features.prompts.rates import Rates
from qwen_app.features.tutor.checking.checker import Checker
from qwen_app.ui.answer import Answers, Pace


@dataclass(frozen=True, slots=True)
class TabContext:
    """What a tab stands on."""

    engine: Engine
    pace: Pace
    """Shared by all tabs, so that together they leave the model its processor."""
    answers: Answers
    """Runs the answers of all tabs, so that closing the page ends them."""
    scripts: str
    """Address of the page's scripts, relative to the page."""
    checker: Checker
    """Judges mathematics; of the whole server."""
    library: Library = Library(())  # noqa: RUF009 - frozen
    """The prompt templates."""
    rates: Rates = Rates()  # noqa: RUF009 - frozen
    """How often models kept to the templates."""


class Tab(Protocol):
    """One tab: a module of its own that the page's list names."""

    id: str
    """Stands in the address of the page and names the tab for scripts."""
    label_en: str
    label_zh: str

    def build(self, context: TabContext) -> None:
        """Put the components into the `gr.Blocks` under way and wire their events, each with
        ``concurrency_limit=None``: Gradio's own limit of one would leave a batching engine idle."""
