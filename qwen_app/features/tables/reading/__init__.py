"""Tables as they come: a page, a fragment, a file, a paste."""

from qwen_app.features.tables.reading.read import Format, Found, read_table

__all__ = ["Format", "Found", "read_table"]
