"""Applications: every change of one's state is one function here, and what becomes of the ones that were refused."""
