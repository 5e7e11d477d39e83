"""Change recordings of real clients byte by byte and post them to a running server, looking for a 5xx or a hang.

By hand, since it ends by the clock only, and without a rate limit (``APPLICATIONS_PER_MINUTE=1000000000``):
``python -m tests.fuzz_doors 127.0.0.1:8000 COMPANY TOKEN POSITION --seconds 600``. A finding is written to
``finding-….http``; it becomes a test.
"""

import argparse
import random
import re
import socket
import time
from collections import Counter
from pathlib import Path

RECORDINGS = sorted((Path(__file__).parent / "careers" / "recordings").glob("*.http"))
PATIENCE = 60  # seconds; longer than the server waits for a client
SPLIT = re.compile(rb"(?=POST /)")
# what parsers trip over
TIT_BITS = (
    *(
        b"\r\n",
        b"\n",
        b"\r",
        b"--",
        b'"',
        b"\\",
        b"\0",
        b"%00",
        b"%22",
        b"=",
        b";",
        b"*",
        b"[",
        b"]",
    ),
    *(
        b"filename*=UTF-8''%ff",
        b"Content-Transfer-Encoding: base64\r\n",
        b"charset=utf-16",
        b"_charset_",
    ),
    *(
        b"\xff\xfe",
        "\u202e".encode(),
        "\ud800".encode("utf-8", "surrogatepass"),
        b"9" * 400,
        b"A" * 70_000,
    ),
)


def change(rng: random.Random, body: bytes) -> bytes:
    """Return the body with a few bytes flipped, dropped, doubled or put in."""
    changed = bytearray(body)
    for _ in range(rng.choice((1, 1, 2, 3, 8, 30))):
        at = rng.randrange(len(changed) + 1)
        end = at + rng.choice((1, 2, 8, 60, 400))
        match rng.randrange(5):
            case 0:
                changed[at : at + 1] = bytes([rng.randrange(256)])
            case 1:
                del changed[at:end]
            case 2:
                changed[at:at] = changed[at:end]
            case 3:
                changed[at:at] = rng.choice(TIT_BITS)
            case 4:
                start = rng.randrange(len(changed) + 1)
                changed[at:at] = changed[start : start + end - at]
    return bytes(changed)


def requests(company: str, token: str, position: str) -> list[tuple[bytes, bytes]]:
    """Head and body of each recorded request, of our company."""
    found = []
    for recording in RECORDINGS:
        for request in filter(None, SPLIT.split(recording.read_bytes())):
            head, _, body = request.partition(b"\r\n\r\n")
            if b"chunked" in head.lower():
                continue  # its frames are the server's to parse
            head = re.sub(rb"(?i)\r\n(content-length|connection|host|expect):[^\r]*", b"", head)
            for old, new in ((b"0123456789abcdef" * 4, token), (b"100001", position)):
                head, body = head.replace(old, new.encode()), body.replace(old, new.encode())
            body = re.sub(
                rb'(name="?company_id"?\r\n\r\n)1\r', rb"\g<1>%s\r" % company.encode(), body
            )
            found.append((head, body))
    return found


def send(server: tuple[str, int], head: bytes, body: bytes) -> str:
    """Post it; return the status, or how it ended without one."""
    lines = b"\r\nHost: %s\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
    with socket.create_connection(server, PATIENCE) as connection:
        try:
            connection.sendall(head + lines % (server[0].encode(), len(body)) + body)
            answer = connection.recv(65536)
        except TimeoutError:
            return "hang"
        except ConnectionError:
            return "closed"
    return answer[9:12].decode() or "closed"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("server", "company", "token", "position"):
        parser.add_argument(name)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--seed", type=int, default=time.time_ns())
    given = parser.parse_args()
    host, _, port = given.server.partition(":")
    rng, told = random.Random(given.seed), Counter[str]()
    known = requests(given.company, given.token, given.position)
    until, slowest = time.monotonic() + given.seconds, 0.0
    while time.monotonic() < until:
        head, body = rng.choice(known)
        body = change(rng, body)
        if rng.random() < 0.1:
            head = _other_boundary(rng, head)
        began = time.monotonic()
        status = send((host, int(port)), head, body)
        slowest = max(slowest, time.monotonic() - began)
        told[status] += 1
        if status == "hang" or status >= "5":
            finding = Path(f"finding-{given.seed}-{told.total()}.http")
            finding.write_bytes(head + b"\r\n\r\n" + body)
            print(f"{status}: {finding}")
    print(f"{told.total()} posts, seed {given.seed}, slowest {slowest:.1f} s: {dict(told)}")


def _other_boundary(rng: random.Random, head: bytes) -> bytes:
    start, found, boundary = head.partition(b"boundary=")
    return start + found + change(rng, boundary[:8]).translate(None, b"\r\n\0") + boundary[8:]


if __name__ == "__main__":
    main()
