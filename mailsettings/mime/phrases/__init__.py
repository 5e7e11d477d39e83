"""The words that mail programs, mail servers and absent people use, by language: data, no logic.

No expression here has nested repetition, and each is matched against bounded text, so all are linear.
"""
