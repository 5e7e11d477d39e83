"""What was written down about a failure in English, in the reader's language."""

from mailsettings.proofs.explanations.connection import BY_CODE as OF_CONNECTION
from mailsettings.proofs.explanations.login import BY_CODE as OF_LOGIN
from mailsettings.proofs.explanations.sending import BY_CODE as OF_SENDING
from mailsettings.wire import imap_session, net, smtp_session

CODES = {
    sentence: code
    for messages in (net.MESSAGES, imap_session.MESSAGES, smtp_session.MESSAGES)
    for code, sentence in messages.items()
    if (messages, code) != (imap_session.MESSAGES, "refused")  # a command, not the connection
}
BY_CODE = OF_CONNECTION | OF_LOGIN | OF_SENDING


def translated(text: str) -> str:
    """Return the text with the sentence of ours that it begins with explained; the server's words stay."""
    found = next((one for one in CODES if text.startswith(one)), "")
    if CODES.get(found) not in BY_CODE:
        return text
    return f"{BY_CODE[CODES[found]].sentence}{text.removeprefix(found)}"
