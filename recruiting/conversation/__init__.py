"""Writing to candidates, matching and filing what they answer."""
