"""Forms of the desk: they validate and clean, the domain acts."""
