"""Choosing tokens: the sampler, and constraints on what may be said."""
