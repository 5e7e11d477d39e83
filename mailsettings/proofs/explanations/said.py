"""What was written down about a failure in English, in the reader's language."""

from functools import cache

from django.utils import translation
from django.utils.translation import gettext

from mailsettings import oauth
from mailsettings.encryption import UNREADABLE
from mailsettings.outbound import transports
from mailsettings.proofs.explanations.connection import BY_CODE as OF_CONNECTION
from mailsettings.proofs.explanations.login import BY_CODE as OF_LOGIN
from mailsettings.proofs.explanations.sending import BY_CODE as OF_SENDING
from mailsettings.wire import apicalls, http, imap_session, net, smtp_session

WRITTEN = {
    sentence: code
    for messages in (net.MESSAGES, imap_session.MESSAGES, smtp_session.MESSAGES)
    for code, sentence in messages.items()
    if (messages, code) != (imap_session.MESSAGES, "refused")  # a command, not the connection
}
WRITTEN |= {sentence: code for sentence, code, _stage in apicalls.OF_ACCOUNT.values()}
WRITTEN |= {
    http.NO_ANSWER: "connection_lost",
    apicalls.THROTTLED: "api_throttled",
    transports.NO_SERVER: "not_configured",
    UNREADABLE: "password_unreadable",
    oauth.RECONNECT: "oauth_reconnect_needed",
    oauth.DISCONNECTED: "oauth_reconnect_needed",
    oauth.NOT_LET_IN: "oauth_consent_missing",
}
BY_CODE = OF_CONNECTION | OF_LOGIN | OF_SENDING


def translated(text: str) -> str:
    """Return the text with the sentence of ours that it begins with explained; the server's words stay."""
    found, code = next((one for one in _codes().items() if text.startswith(one[0])), ("", ""))
    if code not in BY_CODE:
        return gettext(text) if text else ""
    return f"{BY_CODE[code].sentence}{text.removeprefix(found)}"


@cache
def _codes() -> dict[str, str]:
    """Return what each sentence means that the wire says, or that an explanation has as its own."""
    with translation.override(None):
        return {str(one.sentence): code for code, one in BY_CODE.items()} | WRITTEN
