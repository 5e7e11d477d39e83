"""Request bodies as real clients send them: without a length, or cut off on the way.

A WSGI wrapper round the application. Django reads nothing of a body that comes in chunks without a
Content-Length (RFC 9112, 7.1), and takes one that ends too early for whole.
"""

import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import IO, Any

from django.conf import settings

MAX_BODY = 64 * 1024 * 1024  # bytes of one request
PIECE = 64 * 1024

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class CountedInput:
    """``wsgi.input`` that knows how much came in, and has ended once reading it failed."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream = stream
        self.received = 0
        self.is_broken = False

    def read(self, size: int = -1) -> bytes:
        return self._take(self.stream.read, size)

    def readline(self, size: int = -1) -> bytes:
        return self._take(self.stream.readline, size)

    def _take(self, read: Callable[[int], bytes], size: int) -> bytes:
        if self.is_broken:  # asking a silent client again would take as long again
            return b""
        try:
            data = read(size)
        except OSError:
            self.is_broken = True
            raise
        self.received += len(data)
        return data


def accept_all(application: Application) -> Application:
    """Wrap a WSGI application so that chunked bodies have a length and short ones can be told.

    A chunked body is spooled to disk beside the uploads, one byte more than ``MAX_BODY`` at most: the
    application then sees a body that is too large, and of the rest only so much is read as lets its
    sender hear the answer.
    """

    def wrapped(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if not _is_chunked(environ):
            environ["wsgi.input"] = CountedInput(environ["wsgi.input"])
            return application(environ, start_response)
        with tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR) as body:
            environ["CONTENT_LENGTH"] = str(_spool(environ["wsgi.input"], body))
            environ["wsgi.input"] = body
            return application(environ, start_response)

    return wrapped


def is_cut_off(environ: Environ) -> bool:
    """Whether less of the body came in than its length announced; ask after the body was read."""
    stream = environ["wsgi.input"]
    if not isinstance(stream, CountedInput):
        return False
    return stream.received < int(environ.get("CONTENT_LENGTH") or 0)


def drain(stream: IO[bytes]) -> None:
    """Read and drop up to another ``MAX_BODY``: a client that still sends does not read our answer."""
    left = MAX_BODY
    with suppress(OSError):  # the client is gone
        while left > 0 and (piece := stream.read(min(PIECE, left))):
            left -= len(piece)


def _is_chunked(environ: Environ) -> bool:
    return bool(
        environ.get("wsgi.input_terminated")
        and not environ.get("CONTENT_LENGTH")
        and "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()
    )


def _spool(stream: IO[bytes], body: IO[bytes]) -> int:
    """Copy the body and return its length; stops one byte after ``MAX_BODY``.

    What a client sent that was not waited for any longer is taken for all: no form ends like that.
    """
    length = 0
    with suppress(OSError):
        while piece := stream.read(min(PIECE, MAX_BODY + 1 - length)):
            body.write(piece)
            length += len(piece)
    if length > MAX_BODY:
        drain(stream)
    body.seek(0)
    return length
