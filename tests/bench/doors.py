"""The public doors at size: memory under large uploads, the feed of many positions, a long career page.

Each has its floor in the same run: a small body, a feed nobody has yet, a page with one position.
"""

import http.client
import itertools
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client, override_settings
from django.utils import timezone

from companies import credentials
from companies.models import Company
from recruiting.models import Position, PositionSection, PositionText
from tests import factories
from tests.bench.measure import compare

UPLOADS = 8  # at once
UPLOAD = 15 * 1024 * 1024  # bytes of a document; four make a post of 60 MB
DOCUMENTS = 4
FEED, LIST = 10_000, 1_000  # positions
READS = 20
NUMBERS = itertools.count(200_000)


def run() -> None:
    measure_memory()
    company = factories.CompanyFactory(account="bench")
    fill(company, LIST)
    with override_settings(ALLOWED_HOSTS=["*"]):
        measure_list(company)
        fill(company, FEED - LIST)
        measure_feed(company)


def fill(company: Company, count: int) -> None:
    """Publish that many positions, each with a text of two sections."""
    pipeline = factories.PipelineFactory(company=company)
    published = {"state": Position.State.PUBLISHED, "published_at": timezone.now()}
    made = Position.objects.bulk_create(
        Position(company=company, pipeline=pipeline, number=number, office="Wien", **published)
        for number in itertools.islice(NUMBERS, count)
    )
    written = PositionText.objects.bulk_create(
        PositionText(position=position, language="en", title=f"Developer {position.number}")
        for position in made
    )
    PositionSection.objects.bulk_create(
        PositionSection(text=text, order=order, heading="Tasks", body="<p>Work.</p>" * 40)
        for text in written
        for order in range(2)
    )


def measure_list(company: Company) -> None:
    client = Client()
    small = factories.CompanyFactory(account="small")
    fill(small, 1)

    def read(path: str) -> None:
        for _ in range(READS):
            assert client.get(path).status_code == 200

    compare(
        f"career page, {LIST} positions",
        READS,
        one_position=lambda: read("/careers/small/"),
        page=lambda: read("/careers/bench/"),
        search=lambda: read("/careers/bench/?q=developer"),
    )


def measure_feed(company: Company) -> None:
    client = Client()
    url = f"/careers/{company.account}/xml"

    def write() -> str:
        cache.clear()
        answer = client.get(url)
        size = sum(map(len, answer.streaming_content))  # type: ignore[attr-defined, arg-type]  # it streams
        print(f"feed: {size / 1e6:.1f} MB")
        return answer["ETag"]

    def know(tag: str) -> None:
        for _ in range(READS):
            assert client.get(url, headers={"If-None-Match": tag}).status_code == 304

    tag = write()
    began = time.perf_counter()
    know(tag)
    known = (time.perf_counter() - began) / READS
    began = time.perf_counter()
    write()
    written = time.perf_counter() - began
    told = {"benchmark": f"feed, {FEED} positions", "written_s": written, "known_s": known}
    print(
        json.dumps({name: round(v, 3) if isinstance(v, float) else v for name, v in told.items()})
    )


# ---- memory


def measure_memory() -> None:
    """Peak of the server's memory over what it holds idle, for one small post and for large ones at once."""
    company = factories.CompanyFactory()
    position = factories.PositionFactory(company=company)
    token = credentials.issue(company, name="bench", by=None)[1]
    fields = {
        "company_id": company.pk,
        "access_token": token,
        "job_position_id": position.number,
        "first_name": "Mia",
    }
    with served() as (port, pid):
        post(port, fields, 0, documents=0)
        idle = resident(pid)
        peak, seconds = watch(pid, lambda number: post(port, fields, number, documents=DOCUMENTS))
    print(
        json.dumps(
            {
                "benchmark": f"memory, {UPLOADS} posts of {DOCUMENTS * UPLOAD // 2**20} MB at once",
                "idle_mb": round(idle / 1e6),
                "peak_minus_idle_mb": round((peak - idle) / 1e6),
                "mb_per_s": round(UPLOADS * DOCUMENTS * UPLOAD / 1e6 / seconds),
            }
        )
    )


@contextmanager
def served() -> Iterator[tuple[int, int]]:
    """Serve this database with one gunicorn worker of eight threads, as the Procfile does."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    name = str(connection.settings_dict["NAME"])
    environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{name}",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "TMPDIR": str(settings.STATE_DIR),
    }
    command = [sys.executable, "-m", "gunicorn", "ats.wsgi", "-b", f"127.0.0.1:{port}"]
    command += [
        "--worker-class",
        "gthread",
        "--threads",
        str(UPLOADS),
        "--timeout",
        "300",
        "--log-level",
        "error",
    ]
    server = subprocess.Popen(command, env=environment)
    try:
        deadline = time.monotonic() + 60
        while socket.socket().connect_ex(("127.0.0.1", port)) and time.monotonic() < deadline:
            time.sleep(0.1)
        yield port, server.pid
    finally:
        server.terminate()
        server.wait(30)


def post(port: int, fields: dict[str, object], number: int, *, documents: int) -> None:
    boundary = "bench"
    person = fields | {"last_name": f"Muster {number}", "email": f"mia{number}@mail.example"}
    plain = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in person.items()
    ).encode()
    heads = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="document{n}"; filename="{n}.pdf"\r\n\r\n'.encode()
        for n in range(documents)
    ]
    end = f"--{boundary}--\r\n".encode()
    length = len(plain) + sum(map(len, heads)) + documents * (UPLOAD + 2) + len(end)
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    link.putrequest("POST", "/recruiting/applicant")
    link.putheader("Content-Type", f"multipart/form-data; boundary={boundary}")
    link.putheader("Content-Length", str(length))
    link.endheaders(plain)
    for head in heads:
        link.send(head)
        piece = b"%PDF-1.4 " + os.urandom(2**20 - 9)
        for _ in range(UPLOAD // len(piece)):
            link.send(piece)
        link.send(b"\r\n")
    link.send(end)
    answer = link.getresponse()
    assert answer.status == 200, answer.read()
    link.close()


def watch(pid: int, send: Callable[[int], None]) -> tuple[int, float]:
    """Send ``UPLOADS`` posts at once; return the most the server held meanwhile, and how long it took."""
    began = time.perf_counter()
    peak = 0
    with ThreadPoolExecutor(UPLOADS) as pool:
        running = [pool.submit(send, number) for number in range(1, UPLOADS + 1)]
        while not all(each.done() for each in running):
            peak = max(peak, resident(pid))
            time.sleep(0.02)
        for each in running:
            each.result()
    return peak, time.perf_counter() - began


def resident(pid: int) -> int:
    """Bytes that a process and its children hold, shared ones counted for each."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    pages = [
        int(Path(f"/proc/{each}/statm").read_text().split()[1]) for each in [str(pid), *children]
    ]
    return sum(pages) * os.sysconf("SC_PAGE_SIZE")
