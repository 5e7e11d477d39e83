"""A member's own mail account: the page that connects it, and the servers it proposes."""
