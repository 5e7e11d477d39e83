"""Figures about hiring, each with the rows behind it. What days contributed is remembered until it changes."""
