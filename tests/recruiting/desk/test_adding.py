"""Adding a candidate by hand, and importing many from a file."""

import io
import zipfile
from datetime import date

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook

from companies.models import AuditEntry, Membership
from recruiting.hiring.applications import pipeline, reviewing
from recruiting.hiring.starting import importing, tables
from recruiting.models import Application, Candidate, CandidateImport, Position
from tests import factories

CSV = (
    "Vorname;Nachname;E-Mail;Telefon;Kanal;Bewerbungsdatum\n"
    "Jörg;Groß;joerg@mail.example;0171;Referral;03.02.2025\n"
    "Ida;;ida@mail.example;;;\n"
    ";;nobody@mail.example;;;\n"
    "Kai;Ohne;no address;;;\n"
    "Jörg;Groß;JOERG@mail.example;;;\n"
    "Lea;Spät;lea@mail.example;;;someday\n"
)


def person(position: Position, **changes: object) -> dict[str, object]:
    return {
        "position": position.pk,
        "first_name": "Nora",
        "last_name": "Neu",
        "email": "nora@mail.example",
    } | changes


def bring(
    client: Client, position: Position, content: bytes, name: str = "list.csv"
) -> CandidateImport:
    upload = SimpleUploadedFile(name, content)
    answer = client.post("/candidates/import/", {"position": position.pk, "table": upload})
    assert answer.status_code == 302
    return CandidateImport.objects.get()


def test_candidate_is_added_with_documents(recruiter: Client, position: Position) -> None:
    assert recruiter.get(f"/candidates/new/?position={position.pk}").status_code == 200
    cv = SimpleUploadedFile("Lebenslauf.pdf", b"%PDF-1.7 x")
    source = factories.SourceFactory(company=position.company)
    recruiter.post("/candidates/new/", person(position, documents=[cv], source=source.pk))
    application = Application.objects.get()
    assert application.submission.door == "recruiter"
    assert (application.documents.get().category, application.source) == ("cv", source)


def test_candidate_who_applied_already_is_not_added_twice(
    recruiter: Client, application: Application
) -> None:
    page = recruiter.post(
        "/candidates/new/", person(application.position, email="mia@mail.example")
    )
    assert page.status_code == 422
    assert "already applied" in page.text
    bad = SimpleUploadedFile("virus.exe", b"MZ")
    page = recruiter.post("/candidates/new/", person(application.position, documents=[bad]))
    assert "of a kind we cannot read" in page.text


def test_hiring_manager_adds_nobody(manager: Client) -> None:
    assert manager.get("/candidates/new/").status_code == 403
    assert manager.get("/candidates/import/").status_code == 403


def test_columns_are_guessed_shown_and_rows_brought_in_with_their_errors(
    recruiter: Client, position: Position
) -> None:
    made = bring(recruiter, position, CSV.encode("cp1252"))
    assert made.mapping == {
        "first_name": 0,
        "last_name": 1,
        "email": 2,
        "phone": 3,
        "source": 4,
        "applied_at": 5,
    }
    url = f"/candidates/import/{made.pk}/"
    assert "joerg@mail.example" in recruiter.get(url).text
    assert not Application.objects.exists()
    recruiter.post(url, {name: str(column) for name, column in made.mapping.items()})
    assert importing.due() == 6
    assert importing.due() == 0
    names = set(Candidate.objects.values_list("last_name", flat=True))
    assert names == {"Groß", ""}
    assert Application.objects.get(candidate__last_name="Groß").applied_at.year == 2025
    errors = recruiter.get(f"{url}errors/").content.decode("utf-8-sig").splitlines()
    assert len(errors) == 5
    assert "No valid e-mail address." in errors[2]
    assert "Applied for this position already." in errors[3]
    assert "No date we can read: someday" in errors[4]


def test_import_is_taken_back_but_for_what_was_worked_on(
    recruiter: Client, ben: Membership, position: Position
) -> None:
    made = bring(recruiter, position, CSV.encode())
    importing.start(made, made.mapping, by=ben)
    importing.due()
    worked_on = Application.objects.get(candidate__first_name="Ida")
    pipeline.reject(worked_on, None, by=None)
    page = recruiter.post(f"/candidates/import/{made.pk}/undo/", follow=True)
    assert "1 applications were taken back, 1 stay" in page.text
    assert list(Application.objects.all()) == [worked_on]
    assert list(Candidate.objects.all()) == [worked_on.candidate]
    assert AuditEntry.objects.filter(verb="import.undone").count() == 1


def test_import_that_was_taken_back_brings_no_further_rows(
    ben: Membership, position: Position, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = importing.begin(position, CSV.encode(), "a.csv", by=ben)
    importing.start(made, made.mapping, by=ben)
    kept = importing.content

    def content(source: CandidateImport) -> tuple[list[str], list[list[str]]]:
        importing.undo(source, by=ben)  # while a tick reads the file
        return kept(source)

    monkeypatch.setattr(importing, "content", content)
    importing.due()
    assert not Application.objects.exists()


def test_import_whose_file_is_lost_is_given_up_and_holds_up_no_other(
    recruiter: Client, position: Position, ben: Membership
) -> None:
    lost = importing.begin(position, b"Name;Email\nIda Lost;ida@mail.example", "a.csv", by=ben)
    fine = importing.begin(position, b"Name;Email\nUwe Fine;uwe@mail.example", "b.csv", by=ben)
    unchecked = importing.begin(position, b"Name;Email\nIda Lost;ida@mail.example", "c.csv", by=ben)
    for each in (lost, fine):
        importing.start(each, each.mapping, by=ben)
    default_storage.delete(lost.file.path)
    assert importing.due() == 1
    assert "Uwe" in recruiter.get(f"/positions/{position.pk}/board/").text
    for each in (lost, unchecked):
        page = recruiter.get(f"/candidates/import/{each.pk}/", follow=True)
        assert "The file is lost" in page.text
    assert recruiter.get(f"/candidates/import/{lost.pk}/errors/").status_code == 404


def test_evaluated_application_stays_when_its_import_is_taken_back(
    ben: Membership, position: Position
) -> None:
    made = importing.begin(position, CSV.encode(), "a.csv", by=ben)
    importing.start(made, made.mapping, by=ben)
    importing.due()
    liked = Application.objects.get(candidate__first_name="Ida")
    reviewing.rate(liked, 5, "", by=ben)
    assert importing.undo(made, by=ben) == (1, 1)
    assert Application.objects.get() == liked


def test_rows_that_failed_come_back_without_formulas(
    recruiter: Client, ben: Membership, position: Position
) -> None:
    made = bring(recruiter, position, b"Name,Email\n=cmd|'/c calc'!A1,none\n")
    importing.start(made, made.mapping, by=ben)
    importing.due()
    text = recruiter.get(f"/candidates/import/{made.pk}/errors/").content.decode("utf-8-sig")
    assert "'=cmd|" in text.splitlines()[1]


def test_workbook_is_read_like_a_text_file(
    recruiter: Client, ben: Membership, position: Position
) -> None:
    book, out = Workbook(), io.BytesIO()
    book.active.append(["Name", "Email", "Phone"])
    book.active.append(["Ada Maria Groß", "a@mail.example", 491701234.0])
    book.save(out)
    made = bring(recruiter, position, out.getvalue(), "list.xlsx")
    importing.start(made, made.mapping, by=ben)
    importing.due()
    found = Candidate.objects.get()
    assert (found.first_name, found.last_name, found.phone) == ("Ada Maria", "Groß", "491701234")


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"only heads", b"PK\x03\x04broken", b"a" * (tables.MAX_BYTES + 1)),
        *(bytes(range(256)) * 9, "a,b\nc,d".encode("utf-16")[:-1]),
    ],
)
def test_broken_files_are_refused_with_a_sentence(
    recruiter: Client, position: Position, content: bytes
) -> None:
    upload = SimpleUploadedFile("x.csv", content or b" ")
    page = recruiter.post("/candidates/import/", {"position": position.pk, "table": upload})
    assert page.status_code == 422
    assert "This is no table we can read" in page.text


def test_files_of_any_spreadsheet_are_read_as_they_were_written(
    position: Position, ben: Membership
) -> None:
    heads, row = ["Vorname", "Nachname", "E-Mail"], ["Zoë", "Küß", "zoe@mail.example"]
    for encoding in ("utf-16", "utf-8-sig", "utf-8", "cp1252"):
        text = "\n".join("\t".join(line) for line in (heads, row))
        assert tables.read(text.encode(encoding)) == (heads, [row]), encoding
    book, out = Workbook(), io.BytesIO()
    sheet = book.active
    sheet.append(["First name", "Last name", "Email", "Date of birth", "Application date"])
    sheet.append(["Xaver", "Tafel", "xaver@mail.example", date(1988, 2, 29), 45933])
    sheet.cell(row=1, column=40).number_format = "0"  # a column that is there and empty
    book.save(out)
    made = importing.begin(position, out.getvalue(), "a.xlsx", by=ben)
    assert len(importing.content(made)[0]) == 5
    importing.start(made, made.mapping, by=ben)
    importing.due()
    application = Application.objects.get(candidate__last_name="Tafel")
    assert application.candidate.birthday == date(1988, 2, 29)
    assert f"{application.applied_at:%Y-%m-%d}" == "2025-10-03"


def test_a_long_import_holds_up_no_short_one(
    position: Position, ben: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 2)
    long, short = (
        importing.begin(position, f"name,email\n{rows}".encode(), "a.csv", by=ben)
        for rows in ("".join(f"A B{n},b{n}@mail.example\n" for n in range(5)), "C D,d@mail.example")
    )
    for made in (long, short):
        importing.start(made, made.mapping, by=ben)
    assert [importing.due() for _ in range(5)] == [2, 1, 2, 1, 0]


def test_workbook_that_unpacks_to_a_giant_is_not_unpacked() -> None:
    book, out = Workbook(), io.BytesIO()
    book.active.append(["Name", "Email"])
    book.active.append(["Ada", "a@mail.example"])
    book.save(out)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/sharedStrings.xml", b" " * (tables.MAX_UNPACKED + 1))
    with pytest.raises(tables.Unreadable, match="unpacked"):
        tables.read(out.getvalue())


@pytest.mark.parametrize("count", [1, 3])
def test_imports_ask_the_database_the_same_for_one_and_for_three(
    admin: Client,
    ada: Membership,
    position: Position,
    count: int,
    django_assert_max_num_queries: object,
) -> None:
    for _ in range(count):
        made = importing.begin(position, CSV.encode(), "a.csv", by=ada)
    with django_assert_max_num_queries(15):  # type: ignore[operator]  # pytest-django's fixture
        admin.get("/candidates/import/")
        admin.get(f"/candidates/import/{made.pk}/")
