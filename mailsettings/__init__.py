"""Mailboxes and the mail engine: wire, MIME, the two spools, proofs. Knows companies, nothing of recruiting."""
