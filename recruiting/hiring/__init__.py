"""Applying and moving: every change of an application's state is one function here."""
