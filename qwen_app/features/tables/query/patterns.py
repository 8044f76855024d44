"""LIKE as a regular expression.

The database's own LIKE tries every way of spreading the text over the ``%`` signs: three of them
and a cell of 300 letters take seconds, and it cannot be stopped within a block of rows. Its regular
expressions take time that is linear in the text.
"""

import re
from typing import Final

from qwen_app.features.tables.query.errors import invalid
from qwen_app.features.tables.query.fold import fold

_LONGEST: Final = 500
_MOST_WILD: Final = 20
_TOKEN: Final = re.compile(r"\\(.)|(%+)|(_)|(.)", re.DOTALL)


def like_regex(pattern: str) -> str:
    """The expression that a whole folded text must match, where a point is any character.

    Raises:
        InvalidQuery: longer, or with more wildcards, than is matched in good time.
    """
    folded = fold(pattern)
    made = []
    wild = 0
    for escaped, any_text, any_character, plain in _TOKEN.findall(folded):
        if any_text or any_character:
            wild += 1
            made.append(".*" if any_text else ".")
        else:
            made.append(re.escape(escaped or plain))
    if len(folded) > _LONGEST or wild > _MOST_WILD:
        raise invalid(
            f"A pattern of LIKE has at most {_LONGEST} characters and {_MOST_WILD} signs % and _.",
            f"LIKE 的模式最多 {_LONGEST} 个字符，其中 % 与 _ 最多 {_MOST_WILD} 个。",
        )
    return "".join(made)
