"""How much is read at most: a line of school mathematics is far below each of these, and what is
above is left unread, so that hostile input costs no more than milliseconds."""

MOST_CHARACTERS = 4000
"""Of a line; of a longer one only the first part is read. Of a problem: as many."""

MOST_DIGITS = 40
"""Of a number."""

MOST_DEPTH = 60
"""Expressions inside each other."""

MOST_NODES = 600
"""Of an expression with everything inside it."""
