"""Interviews: arranging them, telling everybody, hearing what they answer."""
