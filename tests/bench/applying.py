"""One post to the applicant endpoint, beside a bare Django view that parses and saves the same post (floor)."""

import os
from typing import Any

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.test import RequestFactory, override_settings

from careers.applicant import api
from companies import credentials
from recruiting.models import Application
from tests import factories
from tests.bench.measure import compare

POSTS = 40
DOCUMENTS = 3
DOCUMENT = 5 * 1024 * 1024 // DOCUMENTS  # bytes; 5 MB together


def run() -> None:
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

    def bare(request: HttpRequest) -> HttpResponse:
        kept = [
            default_storage.save(f"bench/{upload.name}", upload)
            for upload in request.FILES.getlist("documents[]")
        ]
        return JsonResponse({"fields": len(request.POST), "kept": len(kept)})

    with override_settings(APPLICATIONS_PER_MINUTE=10**9):
        for documents in (0, DOCUMENTS):

            def serve(view: Any, documents: int = documents) -> None:
                for _ in range(POSTS):
                    answer = view(post(documents))
                    assert answer.status_code == 200

            compare(
                f"applying, {documents} documents",
                POSTS,
                bare_view=lambda serve=serve: serve(bare),  # type: ignore[misc]  # bound in the loop
                endpoint=lambda serve=serve: serve(api.apply),  # type: ignore[misc]  # as above
            )
    print(f"applying: {Application.objects.filter(position=position).count()} applications stand")
