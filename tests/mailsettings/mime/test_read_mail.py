import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from tests.mailsettings.mime import samples


def read(*names: str) -> list[dict[str, Any]]:
    output = StringIO()
    call_command(
        "read_mail",
        *(str(samples.FOLDER / f"{name}.eml") for name in names),
        "--json",
        stdout=output,
    )
    return [json.loads(line) for line in output.getvalue().splitlines()]


def test_a_reply_is_one_line_of_json() -> None:
    assert read("redirected_by_exchange_rule") == [
        {
            "file": str(samples.FOLDER / "redirected_by_exchange_rule.eml"),
            "kind": "person",
            "from": "erika@bewerber.example",
            "subject": "Bewerbung",
            "message_id": None,
            "text": "Hallo",
            "new_text": "Hallo",
            "quoted_text": "",
            "attachments": [],
            "failed_addresses": [],
            "original_message_id": None,
            "permanent": None,
            "routes": [
                {"address": "Jobs@wien.kunde.example", "found_in": "X-MS-Exchange-Inbox-Rules-Loop"}
            ],
            "error": None,
        }
    ]


def test_attachments_and_bounces_are_described() -> None:
    files, bounce = read("text_between_two_files", "bounce_postfix")
    assert files["attachments"][0] == {"name": "cv.pdf", "type": "application/pdf", "size": 9}
    assert (bounce["kind"], bounce["permanent"]) == ("bounce", True)
    assert bounce["original_message_id"] == "<ours.7@recruiting.example>"


def test_our_own_mail_is_known_by_the_recruiting_domain(settings: Any, tmp_path: Path) -> None:
    settings.RECRUITING_DOMAIN = "recruiting.example"
    mail = tmp_path / "own.eml"
    mail.write_bytes(b"Message-ID: <1@recruiting.example>\n\nHi")
    output = StringIO()
    call_command("read_mail", str(mail), "--json", stdout=output)
    assert json.loads(output.getvalue())["kind"] == "own"


def test_an_unreadable_file_is_an_error_line_and_the_rest_is_read(tmp_path: Path) -> None:
    output = StringIO()
    good = samples.FOLDER / "flowed.eml"
    with pytest.raises(SystemExit, match="1"):
        call_command("read_mail", str(tmp_path / "missing.eml"), str(good), "--json", stdout=output)
    missing, read_well = (json.loads(line) for line in output.getvalue().splitlines())
    assert missing == {"file": str(tmp_path / "missing.eml"), "error": "No such file or directory"}
    assert read_well["error"] is None
