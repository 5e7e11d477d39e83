"""What somebody outside does to an installation over HTTP."""

import urllib.request

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from companies import credentials
from recruiting.models import Position
from tests.e2e.installation import Installation

CV = b"%PDF-1.4\n1 0 obj << /Type /Catalog >> endobj\n%%EOF\n"


def apply(posthorn: Installation, position: Position, address: str) -> int:
    """Post an application with a CV to the endpoint; return the status."""
    _, token = credentials.issue(position.company, name="Career site", by=None)
    fields = {
        "company_id": position.company_id,
        "access_token": token,
        "job_position_id": position.number,
        "first_name": "Mia",
        "last_name": "Muster",
        "email": address,
        "message": "I have been looking for exactly this.",
        "categorised_documents[0][file]": SimpleUploadedFile("cv.pdf", CV, "application/pdf"),
        "categorised_documents[0][category]": "cv",
    }
    request = urllib.request.Request(
        f"{posthorn.url}/recruiting/applicant",
        data=encode_multipart(BOUNDARY, fields),
        headers={"Content-Type": MULTIPART_CONTENT},
    )
    with urllib.request.urlopen(request) as response:
        return int(response.status)
