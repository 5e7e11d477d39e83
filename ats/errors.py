"""What Django's error pages and reports must not show."""

import re

from django.views.debug import SafeExceptionReporterFilter


class Filter(SafeExceptionReporterFilter):
    """Also hides addresses of servers, which carry passwords: EMAIL_URL, DATABASE_URL, a cache's LOCATION."""

    hidden_settings = re.compile(
        rf"{SafeExceptionReporterFilter.hidden_settings.pattern}"
        "|(EMAIL|DATABASE|BROKER|CACHE|IMAP)_URL|LOCATION",
        re.IGNORECASE,
    )
