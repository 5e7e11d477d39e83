"""Beginning with data: imports, samples, the checklist."""
