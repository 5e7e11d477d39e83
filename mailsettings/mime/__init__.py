"""Composing and reading mail: pure functions from dataclasses to bytes and back.

What lives here knows RFC 5322, MIME and the habits of mail programs, and nothing else: no models, no
database, no sockets, no settings. `compose` builds a mail, `parse` reads any bytes without ever raising,
`text` and `html` make a body fit to be shown, `machine` tells people from machines and `routes` tells
where a redirected mail was meant to go. Every part of the product may import it; it imports none of them.
"""
