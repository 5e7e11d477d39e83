"""A company's look: its colour as a stylesheet, its logo as a picture. Both are public."""

import filetype
from django.contrib.auth.decorators import login_not_required
from django.core.files.storage import default_storage
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from careers.site import hosts

PICTURES = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})
AN_HOUR = "public, max-age=3600"


def picture_type(head: bytes) -> str:
    """Return the content type of a picture that browsers show and that runs nothing, else empty."""
    kind = filetype.guess(head)
    return kind.mime if kind and kind.mime in PICTURES else ""


def contrast_on_white(colour: str) -> float:
    """Return the contrast of ``#rrggbb`` with white by WCAG 2, between 1 and 21."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


@login_not_required
@require_safe
def stylesheet(request: HttpRequest, account: str | None = None) -> HttpResponse:
    """The colour of links and buttons; in the dark our own stays, which was chosen for that."""
    site = hosts.find(request, account)
    colour = site.company.accent if site else ""
    rules = f"--accent: {colour}; --accent-solid: {colour}; --accent-solid-hover: {colour};"
    css = f"@media (prefers-color-scheme: light) {{ .careers {{ {rules} }} }}\n" if colour else ""
    return HttpResponse(css, content_type="text/css", headers={"Cache-Control": AN_HOUR})


@login_not_required
@require_safe
def logo(request: HttpRequest, account: str | None = None) -> HttpResponse:
    site = hosts.find(request, account)
    stored = site.company.logo if site else None
    if stored is None or not default_storage.exists(stored.path):
        return HttpResponse("There is no logo.\n", status=404, content_type="text/plain")
    with default_storage.open(stored.path, "rb") as file:
        content = file.read()
    response = HttpResponse(
        content, content_type=picture_type(content) or "application/octet-stream"
    )
    response["Cache-Control"] = AN_HOUR
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
