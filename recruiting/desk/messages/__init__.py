"""Messages: the folders, the conversations, what is unassigned, letters to many, and mail that could not be read."""
