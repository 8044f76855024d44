"""What can be wrong with a query, told to the person who wrote it."""

from qwen_app.errors import InvalidInput


class InvalidQuery(InvalidInput):
    """The query cannot be run as it is; the text names the place and, if it can, the remedy."""

    code = "invalid_query"


class QueryFailed(InvalidInput):
    """The query was run, and ended without a result: too slow, too large, or a value too many."""

    code = "query_failed"


def invalid(en: str, zh: str) -> InvalidQuery:
    return InvalidQuery(en, zh, param="query")


def failed(en: str, zh: str) -> QueryFailed:
    return QueryFailed(en, zh, param="query")
