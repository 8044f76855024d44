"""JSON pointers (RFC 6901)."""


def step(token: str | int) -> str:
    """One step of a pointer, its slash included."""
    return "/" + str(token).replace("~", "~0").replace("/", "~1")


def pointer(*tokens: str | int) -> str:
    """A pointer from the root; ``""`` is the root itself."""
    return "".join(map(step, tokens))
