"""Training data: one module a skill, every document a pure function of a seed and its number."""
