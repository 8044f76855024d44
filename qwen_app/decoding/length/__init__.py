"""Where a text that has come to its limit may end, and how what is open in it is closed."""
