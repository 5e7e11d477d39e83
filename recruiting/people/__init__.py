"""Candidates, their addresses, duplicates and documents."""
