"""Private instances of real servers for tests, each in a directory and on ports of its own.

Every module offers ``run(…)``, a context manager that yields once its server answers and stops it
at the end, as root or not. A server that cannot run here raises ``places.Absent`` with the reason.
``python -m tests.servers`` does the same for a shell command.
"""
