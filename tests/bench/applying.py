"""One post to the applicant endpoint, beside two bare Django views for the same post (floors).

One parses and saves the files; the other digests them too and writes an applicant, an application and a
row for each document in one transaction, in plain SQL: the floor the goal is stated against.
"""

import os
from typing import Any

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.test import RequestFactory, override_settings

from careers.applicant import api
from careers.receiving import uploads
from companies import credentials
from recruiting.models import Application
from tests import factories
from tests.bench.measure import compare

POSTS = 40
DOCUMENTS = 3
DOCUMENT = 5 * 1024 * 1024 // DOCUMENTS  # bytes; 5 MB together


TABLES = (
    "bench_applicant (id KEY, first_name text, last_name text, email text unique)",
    "bench_application (id KEY, applicant bigint, job bigint, unique (applicant, job))",
    "bench_document (id KEY, application bigint, path text, size bigint, sha256 text)",
)
KEY = {
    "sqlite": "integer primary key",
    "postgresql": "bigint generated always as identity primary key",
}


def run() -> None:
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute("create table " + table.replace("KEY", KEY[connection.vendor]))
    # as in production, where nobody keeps a list of all statements
    with override_settings(DEBUG=False, APPLICATIONS_PER_MINUTE=10**9):
        measure()


def measure() -> None:
    company = factories.CompanyFactory()
    position = factories.PositionFactory(company=company)
    _, token = credentials.issue(company, name="bench", by=None)
    numbers = iter(range(10**9))
    posts = RequestFactory()

    def post(documents: int) -> HttpRequest:
        number = next(numbers)
        files = [
            SimpleUploadedFile(f"{number}-{n}.pdf", b"%PDF-1.4 " + os.urandom(DOCUMENT))
            for n in range(documents)
        ]
        fields: dict[str, Any] = {
            "company_id": company.pk,
            "access_token": token,
            "job_position_id": position.number,
            "first_name": "Mia",
            "last_name": f"Muster {number}",
            "email": f"mia{number}@mail.example",
            "message": "I have been looking for exactly this.\n" * 20,
            "documents[]": files,
        }
        return posts.post("/recruiting/applicant", fields)

    for documents in (0, DOCUMENTS):

        def serve(view: Any, documents: int = documents) -> None:
            for _ in range(POSTS):
                answer = view(post(documents))
                assert answer.status_code == 200

        compare(
            f"applying, {documents} documents",
            POSTS,
            bare_view=lambda serve=serve: serve(bare),  # type: ignore[misc]  # bound in the loop
            with_rows=lambda serve=serve: serve(store),  # type: ignore[misc]  # as above
            endpoint=lambda serve=serve: serve(api.apply),  # type: ignore[misc]  # as above
        )
    print(f"applying: {Application.objects.filter(position=position).count()} applications stand")


def bare(request: HttpRequest) -> HttpResponse:
    kept = [
        default_storage.save(f"bench/{upload.name}", upload)
        for upload in request.FILES.getlist("documents[]")
    ]
    return JsonResponse({"fields": len(request.POST), "kept": len(kept)})


def store(request: HttpRequest) -> HttpResponse:
    files = uploads.receive(request).getlist("documents[]")
    kept = [
        (default_storage.save(f"bench/{file.name}", file), file.size, file.digest)  # type: ignore[attr-defined]  # they are spooled
        for file in files
    ]
    person = [request.POST[name] for name in ("first_name", "last_name", "email")]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "select 1 from bench_application a join bench_applicant p on p.id = a.applicant"
            " where p.email = %s and job = 1",
            [request.POST["email"]],
        )
        assert cursor.fetchone() is None
        cursor.execute(
            "insert into bench_applicant (first_name, last_name, email) values (%s, %s, %s)"
            " returning id",
            person,
        )
        cursor.execute(
            "insert into bench_application (applicant, job) values (%s, 1) returning id",
            cursor.fetchone(),
        )
        (application,) = cursor.fetchone()
        cursor.executemany(
            "insert into bench_document (application, path, size, sha256) values (%s, %s, %s, %s)",
            [[application, *row] for row in kept],
        )
    return JsonResponse({"success": True})
