"""Measurements, each a program: `python -m tests.benchmarks.metrics` and so on, from the repository's root."""
