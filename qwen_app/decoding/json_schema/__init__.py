"""JSON Schema, compiled in two tiers: what a grammar enforces, and what is checked afterwards."""
