"""School problems made on demand: topics and levels, verified answers, worked solutions."""
