"""What is written to candidates: templates and their placeholders, drafts, single letters and letters to many."""
