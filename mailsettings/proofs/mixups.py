"""Port and encryption that do not fit each other or the protocol, and the values that would."""

import dataclasses
from typing import Literal

from mailsettings.models.mailboxes import Encryption
from mailsettings.wire import sniff

SNIFF = 6.0  # seconds
Side = Literal["smtp", "imap"]
USUAL: dict[Side, list[tuple[int, Encryption]]] = {
    "smtp": [(465, Encryption.SSL), (587, Encryption.STARTTLS)],
    "imap": [(993, Encryption.SSL), (143, Encryption.STARTTLS)],
}
# What a connection that makes no sense fails with.
SENSELESS = {
    *("wrong_protocol", "timeout_banner", "tls_failed", "timeout_tls", "connection_lost"),
    *("protocol_error", "greeting_refused"),
}
# What is wrong in clear may be right after STARTTLS at the same port.
IN_CLEAR = {"auth_not_offered", "auth_mech_unsupported", "password_in_clear"}
# Another port may do better.
ELSEWHERE = {
    *("refused", "timeout_connect", "blocked_port", "starttls_not_offered", "starttls_stripped"),
    *("auth_not_offered", "port_is_imap", "port_is_pop", "port_is_smtp", "port_is_no_mail"),
}


@dataclasses.dataclass(frozen=True)
class Finding:
    """The code that fits better, the ports that were tried besides, and the values that would work."""

    code: str
    tried: list[int] = dataclasses.field(default_factory=list)
    fix: dict[str, str | int] | None = None


def look(
    side: Side, host: str, port: int, encryption: str, code: str, *, offers_starttls: bool = False
) -> Finding:
    """Say what a failed connection is about, if it is a mix-up; ``code`` where nothing is found."""
    if code in IN_CLEAR and encryption == Encryption.NONE and offers_starttls:
        code = "auth_needs_tls" if code == "auth_not_offered" else code
        return Finding(code, [], {"port": port, "encryption": Encryption.STARTTLS.value})
    if code in SENSELESS:
        code, fix = _what_speaks(side, host, port, encryption, code)
        if fix:
            return Finding(code, [], fix)
    tried = []
    if code in ELSEWHERE:
        for other, how in USUAL[side]:
            if other != port:
                tried.append(other)
                if _fits(side, host, other, how):
                    return Finding(code, tried, {"port": other, "encryption": how.value})
    return Finding(code, tried)


def _what_speaks(
    side: Side, host: str, port: int, encryption: str, code: str
) -> tuple[str, dict[str, str | int] | None]:
    spoken = sniff.sniff(host, port, timeout=SNIFF) or sniff.nudge(host, port, timeout=SNIFF)
    if spoken is None:
        return code, None
    if not spoken.protocol:
        return "port_is_no_mail", None
    if spoken.protocol != side:
        return f"port_is_{spoken.protocol}", None
    if spoken.tls and encryption != Encryption.SSL:
        return "plain_on_tls_port", {"port": port, "encryption": Encryption.SSL.value}
    if not spoken.tls and encryption == Encryption.SSL:
        return "tls_on_plain_port", {"port": port, "encryption": Encryption.STARTTLS.value}
    return code, None


def _fits(side: Side, host: str, port: int, encryption: Encryption) -> bool:
    spoken = sniff.sniff(host, port, timeout=SNIFF / 2)
    return spoken == sniff.Spoken(side, tls=encryption is Encryption.SSL)
