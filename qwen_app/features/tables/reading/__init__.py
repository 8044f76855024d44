"""Tables as they come: a page, a fragment, a file, a paste."""
