"""How much is read at most: a line of school mathematics is far below each of these, and what is
above is left unread, so that hostile input costs no more than milliseconds."""

MOST_CHARACTERS = 1600
"""Of a line, and of a problem; of a longer one only the beginning is read."""

MOST_TOKENS = 600
"""Of a line; what stands behind them is not read."""

MOST_DIGITS = 40
"""Of a number."""

MOST_DEPTH = 60
"""Expressions inside each other."""

MOST_NODES = 400
"""Of an expression with everything inside it."""

MOST_SIDES = 24
"""Of a chain."""
