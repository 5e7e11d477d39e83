"""Taking a body in: chunked or not, cut off or too large, part by part to disk, and how often from where."""
