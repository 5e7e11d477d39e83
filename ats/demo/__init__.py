"""The demo company: believable, complete, and the same on every machine."""
