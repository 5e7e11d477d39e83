"""Figures about hiring, each with the rows behind it. They are counted when asked, never stored."""
