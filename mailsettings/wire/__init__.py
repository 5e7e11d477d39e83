"""The wire: the only modules of the product that open network connections.

``net`` connects to a host somebody typed in, after checking the address it really connects to;
``smtp`` hands mails over, ``imap`` fetches them. Dataclasses come in, results or named errors go
out. Nothing here knows a model, touches the database, logs, or tries twice: what to do about an
error is decided by the callers in ``outbound``, ``inbound`` and ``proofs``.
"""
