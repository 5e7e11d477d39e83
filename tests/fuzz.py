"""Let a coverage-guided fuzzer look for mails that the readers cannot bear. By hand, since it never ends by itself:

``pip install atheris nh3 icalendar`` in a virtual environment of its own (Python 3.11), then
``python -m tests.fuzz -max_total_time=600 FOLDER…``, where the first folder takes what it finds out and all of them
may hold mails to begin with (``tests/corpus`` is always among them). A finding is written to ``crash-…``; it becomes
a test. All arguments are libFuzzer's.
"""

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["mailsettings.mime"]):
    from mailsettings.mime import html, invitations, machine, parse, routes, text, trace

CORPUS = Path(__file__).parent / "corpus"
OURS = ("recruiting.posthorn.example",)


def look(raw: bytes) -> None:
    """Read a mail as it would be read when it comes in, and hold what was read to its promises."""
    mail = parse.parse(raw)
    # What the parser itself stumbled over it tells by the name of the exception.
    assert not mail.error.partition(":")[0].endswith("Error"), mail.error
    for shown in (mail.text, mail.subject, mail.html, *(part.name for part in mail.attachments)):
        assert "\0" not in shown
        shown.encode()  # no half of a surrogate pair
    trimmed = text.trim_quotes(mail.text)
    both = f"{trimmed.new_text}\n{trimmed.quoted_text}"
    assert sorted(both.split()) == sorted(mail.text.split()), "trimming loses nothing"
    verdict = machine.classify(mail, own_domains=OURS)
    assert not verdict.failed_addresses or verdict.kind != "person"
    for route in routes.routes(mail):
        assert "@" in route.address
    trace.read_results(mail, OURS)
    trace.read_hops(mail)
    trace.read_signatures(mail)
    invitations.replies(mail)
    page = html.sanitise(mail.html)
    assert "<script" not in page.lower()
    assert '<img src="http' not in page
    html.content_ids(page)
    html.show_remote(page)


def main() -> None:
    folders = [] if any(Path(given).is_dir() for given in sys.argv[1:]) else [tempfile.mkdtemp()]
    atheris.Setup([*sys.argv, *folders, str(CORPUS)], look)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
