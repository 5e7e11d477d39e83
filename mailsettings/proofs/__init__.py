"""Proofs that a connection and a redirect work."""
