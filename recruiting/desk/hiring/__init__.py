"""Positions and their applications: board, table, review queue, interviews, and what was refused."""
