"""Pages that belong to no app: is it up, is it ready, and what a refused form says."""

import os
from collections.abc import Callable
from pathlib import Path

from allauth.account.views import LoginView
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.exceptions import OperationalError

from ats import styleguide as tokens
from ats.celery import app as celery_app
from ats.demo import tenants
from companies.models import User

BROKER_PATIENCE = 2  # seconds
DEMO_LOGIN = "recruiter@acme.example"
ERRORS = ("400", "403", "403_csrf", "404", "500")


@login_not_required
@never_cache
@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """The process answers; says nothing about what it needs."""
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
@never_cache
@require_safe
def readyz(_request: HttpRequest) -> JsonResponse:
    """200 when database, broker and storage can be used, else 503; each with "ok" or the reason."""
    checks: dict[str, Callable[[], str]] = {
        "database": _check_database,
        "broker": _check_broker,
        "storage": _check_storage,
    }
    results = {name: check() or "ok" for name, check in checks.items()}
    is_ready = set(results.values()) == {"ok"}
    return JsonResponse(results, status=200 if is_ready else 503)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form came without its token, most often because the page was older than the session."""
    return render(request, "403_csrf.html", status=403)


@login_not_required
def login(request: HttpRequest) -> HttpResponseBase:
    """allauth's login; while DEBUG is on the page names a demo user, if the demo has been loaded."""
    demo = ""
    if settings.DEBUG and User.objects.filter(email=DEMO_LOGIN).exists():
        demo = DEMO_LOGIN
    context = {"demo": demo, "demo_password": tenants.PASSWORD if demo else ""}
    answer: HttpResponseBase = LoginView.as_view(extra_context=context)(request)
    return answer


@login_not_required
@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component in every state; for developers."""
    if not settings.DEBUG:
        raise Http404
    return render(request, "styleguide.html", {"tokens": tokens.groups(), "errors": ERRORS})


@login_not_required
@require_safe
def styleguide_error(request: HttpRequest, name: str) -> HttpResponse:
    """What visitors see when something is wrong, which Django shows nobody while DEBUG is on."""
    if not settings.DEBUG or name not in ERRORS:
        raise Http404
    return render(request, f"{name}.html")


# The reasons are public, so they name what is wrong and nothing about where it is.


def _check_database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "cannot be reached"
    return ""


def _check_broker() -> str:
    try:
        limits = {"socket_timeout": BROKER_PATIENCE, "socket_connect_timeout": BROKER_PATIENCE}
        with celery_app.connection_for_write(transport_options=limits) as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, timeout=BROKER_PATIENCE)
    except (OperationalError, OSError):
        return "cannot be reached"
    return ""


def _check_storage() -> str:
    try:
        folder = Path(default_storage.path(""))
        folder.mkdir(parents=True, exist_ok=True)
        return "" if os.access(folder, os.R_OK | os.W_OK) else "cannot be written"
    except NotImplementedError:  # not on a disk: asking for any name shows whether it answers
        return _ask_storage()
    except OSError:
        return "cannot be written"


def _ask_storage() -> str:
    try:
        default_storage.exists("readyz")
    except Exception:  # noqa: BLE001 -- every storage has its own errors, and all mean the same here
        return "cannot be reached"
    return ""
