"""What the scripts of JSON mode send, checked at the border."""

from typing import Annotated

from pydantic import Base64Bytes, Field

from qwen_app.decoding.json_schema.spec import Layout
from qwen_app.features.json_mode.batch import MOST_BYTES
from qwen_app.features.json_mode.task import JsonTask
from qwen_app.features.prompts.library import Library
from qwen_app.ui.prompt_wire import SentComposition
from qwen_app.ui.wire import AnswerId, Strict

ROWS_AT_ONCE = 64
"""Most rows of a batch in one call."""


class _Order(Strict):
    """What is common to one text and to many."""

    id: AnswerId
    schema_text: str
    instructions: str = ""
    grounded: bool = True
    composition: SentComposition | None = None

    def told(self, library: Library) -> str:
        """The instructions, after those of the composition.

        Raises:
            InvalidInput: the composition cannot be made.
        """
        if self.composition is None:
            return self.instructions
        system = self.composition.composed(library).system
        return "\n".join(filter(None, (system, self.instructions)))

    overrides: dict[str, int | float] = Field(default_factory=dict)


class AskJson(_Order):
    """One text to be read."""

    text: str
    layout: Layout = "pretty"

    def task(self, library: Library) -> JsonTask:
        """Raises InvalidInput: the composition cannot be made."""
        return JsonTask(
            self.text,
            self.schema_text,
            self.told(library),
            self.layout,
            self.overrides,
            grounded=self.grounded,
        )


class BatchRow(Strict):
    row: int
    text: str


class AskRows(_Order):
    """Some rows of a batch."""

    rows: list[BatchRow] = Field(min_length=1, max_length=ROWS_AT_ONCE)

    def tasks(self, library: Library) -> dict[int, JsonTask]:
        """Number of the row to its task. Documents of a batch stand on one line.

        Raises:
            InvalidInput: the composition cannot be made.
        """
        told = self.told(library)
        return {
            row.row: JsonTask(
                row.text,
                self.schema_text,
                told,
                "compact",
                self.overrides,
                grounded=self.grounded,
            )
            for row in self.rows
        }


class Source(Strict):
    """A schema, a list of fields or an example document, as it stands in the editor."""

    text: str = Field(max_length=2_000_000)


_Bytes = Annotated[Base64Bytes, Field(max_length=2 * MOST_BYTES)]


class SheetFile(Strict):
    """A table of texts: a file, or what was pasted."""

    model_config = Strict.model_config | {"strict": False}  # Base64 is converted.

    name: str = Field(default="", max_length=500)
    data: _Bytes
