"""Handing out files: always as a download, always after a permission check."""

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET

from companies.access import Can, member_view
from companies.models import Membership, StoredFile
from recruiting.models import Document, DraftFile, Message, MessageAttachment


@require_GET
@member_view(Can.VIEW_CANDIDATES)
def document(request: HttpRequest, member: Membership, code: str) -> HttpResponseBase:
    found = get_object_or_404(Document.objects.visible_to(member).select_related("file"), code=code)
    return download(found.file, found.name)


@require_GET
@member_view(Can.VIEW_CANDIDATES)
@xframe_options_sameorigin
def preview(request: HttpRequest, member: Membership, code: str) -> HttpResponseBase:
    """A PDF for the browser's own viewer in a frame of ours; anything else is handed out as a file."""
    found = get_object_or_404(Document.objects.visible_to(member).select_related("file"), code=code)
    response = download(found.file, found.name)
    if found.content_type != "application/pdf" or not _is_pdf(found.file):
        return response
    response["Content-Type"] = "application/pdf"
    response["Content-Disposition"] = "inline"
    # Chromium shows no PDF in a sandbox; its viewer runs none of the file's scripts in our origin.
    response["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'self'"
    return response


def _is_pdf(stored: StoredFile) -> bool:
    with default_storage.open(stored.path, "rb") as content:
        return bool(content.read(5) == b"%PDF-")


@require_GET
@member_view(Can.VIEW_MESSAGES)
def attachment(request: HttpRequest, member: Membership, code: str) -> HttpResponseBase:
    found = get_object_or_404(
        MessageAttachment.objects.filter(
            message__in=Message.objects.visible_to(member).values("pk")
        ).select_related("file"),
        code=code,
    )
    return download(found.file, found.name)


@require_GET
@member_view(Can.WRITE_MESSAGES)
def draft_file(request: HttpRequest, member: Membership, code: str) -> HttpResponseBase:
    """A file that the member has uploaded for a message and not sent yet."""
    mine = DraftFile.objects.written_by(member).select_related("file")
    found = get_object_or_404(mine, code=code)
    return download(found.file, found.name)


def download(stored: StoredFile, name: str) -> FileResponse:
    """Stream a file as an attachment of an opaque type, so that no browser renders it in our origin."""
    try:
        content = default_storage.open(stored.path, "rb")
    except FileNotFoundError as error:
        raise Http404("storage has lost this file") from error
    response = FileResponse(
        content, as_attachment=True, filename=name, content_type="application/octet-stream"
    )
    response["Cache-Control"] = "private, no-store"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
