"""Finding people, positions, messages and documents by their words, on SQLite and PostgreSQL alike."""
