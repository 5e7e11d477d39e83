"""The steps of a connection test in their order, written down while they happen."""

import time
from datetime import datetime
from typing import Any

from mailsettings.models import ProbeRun
from mailsettings.models.mailboxes import Encryption, SendsBy
from mailsettings.proofs import runs

LOOKUP_CODES = {
    *("dns_nxdomain", "dns_no_address", "dns_failed", "blocked_private_address", "blocked_port"),
    # nobody was asked yet
    *("not_configured", "oauth_reconnect_needed", "oauth_unavailable", "password_missing"),
    "oauth_consent_missing",
}
CONNECT_CODES = {"refused", "timeout_connect", "unreachable"}
LOGIN_CODES = {
    *("preauth_refused", "password_in_clear", "credentials_invalid", "password_unreadable"),
    *("auth_rejected", "auth_temporary", "argument_invalid"),
}
MECHANISM_CODES = {"auth_not_offered", "auth_mech_unsupported"}
STEP_OF_STAGE = {
    "greeting": "greeting",
    "tls": "tls",
    "auth": "login",
    "mail": "sender",
    "rcpt": "recipient",
}


def plan_of(run: ProbeRun) -> list[str]:
    """Return the names of the steps that a run takes, in the order it takes them."""
    side = run.kind
    if side == ProbeRun.Kind.SMTP and run.tested.get("sends_by", SendsBy.SMTP) != SendsBy.SMTP:
        return ["lookup", "connect", "tls", "login", "sender"]
    encryption = run.tested.get(f"{side}_encryption", Encryption.STARTTLS)
    has_login = bool(run.tested.get(f"{side}_account", "?"))
    steps = ["lookup", "connect"]
    steps += ["tls"] if encryption == Encryption.SSL else []
    steps += ["greeting"]
    steps += ["starttls", "tls"] if encryption == Encryption.STARTTLS else []
    if side == ProbeRun.Kind.IMAP:
        return [*steps, "login", "folder", "read", "special"]
    steps += ["mechanisms", "login"] if has_login else []
    return [*steps, "size", "sender", "recipient"]


class Watch:
    """Writes the steps of a run's plan down, in their order, with the time since the last one."""

    def __init__(self, run: ProbeRun) -> None:
        self.run = run
        self.waiting = plan_of(run)
        self.since = time.monotonic()
        self.offers_starttls = False  # as far as the server has greeted

    def passed(self, step: str, details: dict[str, str] | None = None) -> None:
        """``step`` and all before it have passed."""
        while step in self.waiting:
            name = self.waiting.pop(0)
            is_last = step not in self.waiting
            message = (details or {}).get(name, "")
            ms = self._lap() if is_last else 0
            runs.add_step(self.run, name, ok=True, code="ok", message=message, ms=ms)

    def failed(self, step: str, code: str, message: str, reply: str = "", **more: Any) -> None:
        """``step`` failed, so those before it had passed and those after it are not reached."""
        if step in self.waiting:
            before = self.waiting[: self.waiting.index(step)]
        else:
            step, before = (self.waiting or [step])[0], []
        ms = self._lap()
        for name in before:
            runs.add_step(self.run, name, ok=True, code="ok")
        runs.add_step(
            self.run, step, ok=False, code=code, message=message, reply=reply, ms=ms, **more
        )

    def step_of(self, code: str, stage: str) -> str:
        """Return the step at which an error of this code occurs."""
        if code in LOOKUP_CODES:
            return "lookup"
        if code in ("api_throttled", "api_failed"):
            return "sender"
        if code in CONNECT_CODES:
            return "connect"
        if code.startswith("starttls_"):
            return "starttls"
        if code.startswith("tls_") or code == "timeout_tls":
            return "tls"
        if code in MECHANISM_CODES:
            return "mechanisms" if "mechanisms" in self.waiting else "login"
        if code in LOGIN_CODES:
            return "login"
        if code == "wrong_protocol" and stage == "connect" and "tls" in self.waiting[:3]:
            return "tls" if "starttls" not in self.waiting else "greeting"
        return STEP_OF_STAGE.get(stage, "greeting" if "greeting" in self.waiting else "")

    def _lap(self) -> int:
        now = time.monotonic()
        ms, self.since = int((now - self.since) * 1000), now
        return ms


def describe(connection: Any) -> dict[str, str]:
    """Return what an open socket tells: the peer's address, and for TLS version and expiry."""
    told = {"lookup": str(connection.getpeername()[0])}
    if hasattr(connection, "getpeercert"):
        version = str(connection.version() or "").replace("TLSv", "TLS ")
        until = (connection.getpeercert() or {}).get("notAfter", "")
        told["tls"] = " ".join([version, _day(until)]).strip()
    return told


def _day(not_after: str) -> str:
    """Return the day in a certificate's ``Mar  3 12:00:00 2027 GMT`` as ISO 8601, else nothing."""
    try:
        until = datetime.strptime(not_after.replace("GMT", "+0000"), "%b %d %H:%M:%S %Y %z")
    except ValueError:
        return ""
    return until.date().isoformat()
