"""The HTML of a received mail, for a sandboxed frame: no script, no form, and remote images only when asked for."""

import base64

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET

from companies.access import Can, member_view
from companies.models import Membership
from mailsettings.mime import html, images
from recruiting.models import Message

MOST = 12 * 1024 * 1024  # bytes of images that a page carries along


@require_GET
@member_view(Can.VIEW_MESSAGES)
@xframe_options_sameorigin
def body(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """The page, with the images that came along; with ``?images=once`` also those that have to be fetched."""
    message = get_object_or_404(Message.objects.visible_to(member), pk=pk)
    page = html.fill_in(message.html, _images(message))
    sources = ["data:"]
    if request.GET.get("images"):
        page = html.show_remote(page)
        sources += ["https:", "http:"]
    response = render(request, "recruiting/message_body.html", {"message": message, "page": page})
    response._csp_replace = {  # type: ignore[attr-defined]  # django-csp's per-response override
        "default-src": ["'none'"],
        "img-src": sources,
        "style-src": ["'self'"],
        "frame-ancestors": ["'self'"],
        "form-action": ["'none'"],
        "sandbox": ["allow-popups"],
    }
    return response


def _images(message: Message) -> dict[str, str]:
    """The images inside the text, by content id: as data, for the frame has no login to fetch them with."""
    found: dict[str, str] = {}
    left = MOST
    for attachment in message.attachments.filter(is_inline=True).select_related("file"):
        left -= attachment.file.size
        if left < 0:
            break
        try:
            content = attachment.file.read()
        except FileNotFoundError:
            continue
        encoded = base64.b64encode(content).decode()
        kind = images.kind(content)
        found[attachment.content_id] = f"data:{kind};base64,{encoded}"
    return found
