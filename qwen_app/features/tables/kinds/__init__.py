"""What the texts of a column stand for. The text always stays; a value is added beside it."""
