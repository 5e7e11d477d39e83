"""The tests; folders mirror the code they test."""
