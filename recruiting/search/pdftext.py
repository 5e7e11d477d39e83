"""The text of a PDF, read in a process of its own: ``text_of`` here, ``main`` there.

A file can be made so that reading it takes hours or all memory, and no thread can be stopped. The kernel
stops a process. Only the standard library and pypdf are loaded there.
"""

import io
import logging
import resource
import subprocess
import sys
from pathlib import Path

MAX_PAGES = 40
MAX_TEXT = 100_000  # characters
CPU_SECONDS = 20
SECONDS = 90.0  # of the clock, on a machine that does much else
MEMORY = 1024**3  # bytes of address space

_ROOT = Path(__file__).parents[2]


class Unreadable(Exception):
    """There is no text to be had; the message says why, in a word or two."""


def text_of(content: bytes) -> str:
    """Return the text of a PDF; raises ``Unreadable``, also when it takes too long or too much memory."""
    command = [sys.executable, "-m", "recruiting.search.pdftext"]
    try:
        done = subprocess.run(  # noqa: S603 -- our own module; the file comes by its standard input
            command, input=content, capture_output=True, cwd=_ROOT, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise Unreadable("takes too long") from error
    if done.returncode < 0:
        raise Unreadable("takes too long")
    if done.returncode:
        raise Unreadable(done.stderr.decode("utf-8", "replace").strip()[-80:] or "unreadable")
    return done.stdout.decode("utf-8", "replace")


def main() -> int:
    """Read a PDF from standard input, write its text or, with a status of 1, why there is none."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    try:
        text = _read(sys.stdin.buffer.read())
    except Unreadable as problem:
        sys.stderr.write(str(problem))
        return 1
    except Exception as error:  # noqa: BLE001 -- whatever such a file makes a parser do
        sys.stderr.write(type(error).__name__)
        return 1
    sys.stdout.buffer.write(text.encode("utf-8", "replace"))
    return 0


def _read(content: bytes) -> str:
    from pypdf import PdfReader  # noqa: PLC0415 -- loaded where it is used alone

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it warns of every odd file
    reader = PdfReader(io.BytesIO(content))
    if reader.is_encrypted and not reader.decrypt(""):
        raise Unreadable("password")
    parts: list[str] = []
    size = 0
    for page in reader.pages[:MAX_PAGES]:
        parts.append(page.extract_text())
        size += len(parts[-1])
        if size > MAX_TEXT:
            break
    return "\n".join(parts)


if __name__ == "__main__":
    sys.exit(main())
