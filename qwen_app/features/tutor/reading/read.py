"""The statements of a line, of an unfinished line, and of a problem."""

from qwen_app.features.tutor.reading.tree import Chain, Problem, Statement


def read_line(text: str) -> tuple[Statement, ...]:
    """What the line states, in the order in which it is written; spans never overlap.

    Text of several lines is read as one line each; spans count from the start of ``text``.
    """
    raise NotImplementedError


def read_open(text: str) -> Chain | None:
    """The chain that ``text`` leaves open: it ends in ``=`` or ``≈``, and the sides are those
    before the sign. None where the text ends otherwise or what is there is doubtful.

    A chain of n sides has n operators here.
    """
    raise NotImplementedError


def unread(text: str, statements: tuple[Statement, ...]) -> tuple[tuple[int, int], ...]:
    """Places that look like mathematics and belong to none of the statements: a line that has some
    is not checked as a whole, however its statements are judged."""
    raise NotImplementedError


def read_problem(text: str) -> Problem:
    """What the problem's text states and asks. Of a word problem that is little or nothing."""
    raise NotImplementedError
