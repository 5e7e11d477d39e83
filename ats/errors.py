"""What Django's error pages and reports must not show."""

import re
from types import FrameType
from typing import Any

from django.http import HttpRequest, QueryDict
from django.views.debug import SafeExceptionReporterFilter


class Filter(SafeExceptionReporterFilter):
    """Also hides addresses of servers, which carry passwords: EMAIL_URL, DATABASE_URL, a cache's LOCATION."""

    hidden_settings = re.compile(
        rf"{SafeExceptionReporterFilter.hidden_settings.pattern}"
        "|(EMAIL|DATABASE|BROKER|CACHE|IMAP)_URL|LOCATION",
        re.IGNORECASE,
    )

    def get_post_parameters(self, request: HttpRequest | None) -> Any:
        """What was typed, without passwords; Django would show them unless each view forbids it."""
        if request is None:
            return {}
        shown: QueryDict = request.POST.copy()
        for name in shown:
            if self.hidden_settings.search(name):
                shown[name] = self.cleansed_substitute
        return shown

    def get_traceback_frame_variables(
        self, request: HttpRequest | None, tb_frame: FrameType
    ) -> Any:
        """A frame's variables, without those in which a typed password stands."""
        typed = _typed_secrets(request, self.hidden_settings)
        return [
            (name, self.cleansed_substitute if _holds(value, typed) else value)
            for name, value in super().get_traceback_frame_variables(request, tb_frame)
        ]


def _typed_secrets(request: HttpRequest | None, hidden: re.Pattern[str]) -> list[str]:
    if request is None:
        return []
    return [value for name, value in request.POST.items() if value and hidden.search(name)]  # type: ignore[misc] # a form has texts only


def _holds(value: Any, secrets: list[str]) -> bool:
    if not secrets:
        return False
    try:
        shown = repr(value)
    except Exception:  # noqa: BLE001 -- whatever cannot be shown is not shown
        return True
    return any(secret in shown for secret in secrets)
