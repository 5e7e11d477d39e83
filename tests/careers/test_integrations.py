"""The calls of docs/integrations.md, run as they stand there against a live server."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_django.live_server_helper import LiveServer

from recruiting.models import Application, Position

DOCUMENT = (Path(__file__).parents[2] / "docs" / "integrations.md").read_text()
RUNNERS = {
    "sh": ["sh", "call.sh"],
    "python": [sys.executable, "call.python"],
    "js": ["node", "--input-type=module"],
    "php": ["php"],
}
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("sh", "curl"),
        ("python", "python"),
        ("js", "javascript"),
        *([("php", "php")] if shutil.which("php") else []),  # CI does without
    ],
)
def test_documented_call_makes_an_application_with_its_document(
    live_server: LiveServer,
    position: Position,
    token: str,
    tmp_path: Path,
    language: str,
    name: str,
) -> None:
    program = {"js": "node", "sh": "curl"}.get(language, language)
    if language != "python" and not shutil.which(program):
        pytest.skip(f"{program} is not installed")
    [call] = re.findall(rf"```{language}\n(.*?)```", DOCUMENT, re.DOTALL)
    for word, value in (
        ("https://ats.example.com", live_server.url),
        ("COMPANY_ID", str(position.company_id)),
        ("ACCESS_TOKEN", token),
        ("POSITION", str(position.number)),
    ):
        call = call.replace(word, value)
    (tmp_path / "cv.pdf").write_bytes(b"%PDF-1.4 a CV")
    (tmp_path / f"call.{language}").write_text(call)
    done = subprocess.run(
        RUNNERS[language],
        check=False,
        input=call,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    application = Application.objects.get()
    assert application.applied_address == f"{name}@mail.example"
    document = application.documents.get()
    assert (document.name, document.content_type) == ("cv.pdf", "application/pdf")
