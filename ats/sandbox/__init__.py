"""The world outside, for development: mailboxes of a customer and of candidates on loopback servers.

``world`` decides who exists and where a mail goes, ``boxes`` keeps mail in Maildirs below
``var/sandbox``, ``smtp`` and ``imap`` serve both to mail programs, ``views`` shows them in the
browser. Nothing of it runs while DEBUG is off, and nothing else in the product imports it.
"""
