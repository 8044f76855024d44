"""Questions about a table, answered by a query that is run: never by the model's memory."""
