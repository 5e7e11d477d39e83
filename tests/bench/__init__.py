"""Benchmarks: what the product costs beside a floor measured in the same run. Nothing is asserted.

``make bench`` runs them all, ``python -m tests.bench sending`` one of them; ``README.md`` says how to read them.
"""
