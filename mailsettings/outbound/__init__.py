"""Mail on its way out: who speaks for whom, the outbox, retry classes, the platform provider."""
