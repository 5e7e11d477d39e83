"""The desk's pages with a full house, beside a bare page of 25 rows behind the same login (floor)."""

import json
import os
import time
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.template import Context, Template
from django.test import Client, override_settings
from django.urls import path

from ats import urls
from ats.demo import load
from companies.models import Membership
from recruiting.models import Application, Message, Position, Stage

PEOPLE = int(os.environ.get("BENCH_PEOPLE", "10000"))
TIMES = 9
MANY = 50
ROWS = Template(
    "{% for row in rows %}<li>{{ row.candidate }} {{ row.applied_at }}</li>{% endfor %}"
)


def bare(request: HttpRequest) -> HttpResponse:
    """The newest 25 applications with their people, and who asks."""
    rows = Application.objects.select_related("candidate").order_by("-pk")[:25]
    return HttpResponse(ROWS.render(Context({"rows": rows, "user": str(request.user)})))


urlpatterns = [path("bare/", bare), *urls.urlpatterns]


def run() -> None:
    began = time.process_time()
    load.load()
    small = time.process_time()
    load.load(candidates=PEOPLE)
    crowd = time.process_time() - small - (small - began)
    print(json.dumps({"benchmark": "demo", "people": PEOPLE, "cpu_s": round(crowd, 1)}))
    member = Membership.objects.get(user__email="recruiter@acme.example")
    client = Client()
    client.force_login(member.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    with override_settings(ROOT_URLCONF="tests.bench.pages", DEBUG=False, ALLOWED_HOSTS=["*"]):
        for name, url in pages().items():
            _tell(name, measure(client, "/bare/"), measure(client, url))
        _tell("move", measure(client, "/bare/"), measure_moves(client))
        _tell(f"write to {MANY}", measure(client, "/bare/"), measure_mailing(client))


def pages() -> dict[str, str]:
    """The pages of a position with a third of all applications, and those over everybody."""
    position = Position.objects.published().order_by("number")[0]
    application = position.applications.filter(unread_count=0, messages__isnull=False)[0]
    unsorted = Message.objects.unassigned().latest("at")
    here = f"/positions/{position.pk}"
    return {
        "to-do": "/",
        "positions": "/positions/",
        "board": f"{here}/board/",
        "table": f"{here}/table/",
        "table, page 20": f"{here}/table/?page=20",
        "review": f"{here}/review/",
        "candidates": "/candidates/",
        "candidates, page 150": "/candidates/?page=150",
        "candidate": f"/applications/{application.pk}/",
        "messages": "/messages/all/",
        "conversation": f"/messages/all/{application.pk}/",
        "unassigned": f"/messages/unassigned/{unsorted.pk}/",
        "notifications": "/notifications/",
        "reports": "/reports/",
        "search, a name": "/search/?q=müller",
        "search, two words": "/search/?q=python+berlin",
        "search, misspelt": "/search/?q=Schmitdt",
    }


def measure(client: Client, url: str) -> tuple[float, int]:
    """Milliseconds of the processor for one answer (the fastest: others share it), and its queries."""
    client.get(url)  # templates are compiled once
    spent = []
    for _ in range(TIMES):
        began = time.process_time()
        answer = client.get(url)
        spent.append(time.process_time() - began)
        assert answer.status_code == 200, url
    return min(spent) * 1000, _queries(lambda: client.get(url))


def measure_moves(client: Client) -> tuple[float, int]:
    """The same for moving one card to and fro."""
    position = Position.objects.published().order_by("number")[0]
    stages = list(Stage.objects.filter(pipeline=position.pipeline_id)[1:3])
    application = position.applications.filter(stage=stages[0])[0]

    def move(number: int) -> None:
        stage = stages[(number + 1) % 2]
        url = f"/applications/{application.pk}/move/"
        answer = client.post(url, {"stage": stage.pk}, headers={"HX-Request": "true"})
        assert answer.status_code == 200

    move(0)
    spent = []
    for number in range(1, TIMES + 1):
        began = time.process_time()
        move(number)
        spent.append(time.process_time() - began)
    return min(spent) * 1000, _queries(lambda: move(TIMES + 1))


def measure_mailing(client: Client) -> tuple[float, int]:
    """The request that begins a letter to many; the mails are made after it."""
    newest = Application.objects.filter(position__company__account="acme").order_by("-pk")
    ids = list(newest.values_list("pk", flat=True)[:MANY])

    def write(number: int) -> None:
        typed = {"subject": "Hello", "text": f"Letter {number}", "action": "send"}
        answer = client.post("/messages/mailings/new/", typed | {"application": ids})
        assert answer.status_code == 302

    write(0)
    spent = []
    for number in range(1, TIMES + 1):
        began = time.process_time()
        write(number)
        spent.append(time.process_time() - began)
    return min(spent) * 1000, _queries(lambda: write(TIMES + 1))


def _queries(work: Any) -> int:
    count = 0

    def counted(execute: Any, *args: Any) -> Any:
        nonlocal count
        count += 1
        return execute(*args)

    with connection.execute_wrapper(counted):
        work()
    return count


def _tell(name: str, floor: tuple[float, int], page: tuple[float, int]) -> None:
    (bare_cost, _bare), (cost, queries) = floor, page
    told = {
        "benchmark": "pages",
        "page": name,
        "cpu_ms": round(cost, 1),
        "ratio": round(cost / bare_cost, 2),
        "queries": queries,
    }
    print(json.dumps(told))
