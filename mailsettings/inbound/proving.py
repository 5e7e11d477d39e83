"""The mail that proves a verified domain each day, when our own receiver has taken it."""

from django.conf import settings
from django.utils import timezone

from mailsettings.mime import trace
from mailsettings.mime.parse import ParsedMail
from mailsettings.models import DomainProof

State = DomainProof.State
METHODS = ("spf", "dkim", "dmarc")
# What counts against a mail. DKIM was promised when the domain was verified, so none is wrong too.
WRONG = {
    "dmarc": {"fail", "permerror"},
    "dkim": {"fail", "permerror", "policy", "neutral", "none"},
    "spf": {"fail", "softfail", "permerror"},
}


def note_arrival(outgoing_id: int, mail: ParsedMail) -> DomainProof | None:
    """Write down what our receiver said about one of our own mails, if it was such a proof."""
    proof = DomainProof.objects.select_for_update().filter(outgoing=outgoing_id).first()
    if proof is None or proof.arrived_at:
        return proof
    said = trace.read_results(mail, settings.AUTHSERV_IDS)
    proof.results = {method: said[method] for method in METHODS if method in said}
    proof.state, proof.code = judge(proof.results)
    proof.arrived_at, proof.is_settled = timezone.now(), False
    proof.save(update_fields=["results", "state", "code", "arrived_at", "is_settled"])
    return proof


def judge(results: dict[str, str]) -> tuple[DomainProof.State, str]:
    """Return what follows from the verdicts, and the method that failed first of all that did."""
    wrong = next((method for method in WRONG if results.get(method) in WRONG[method]), "")
    if wrong:
        return State.FAILED, wrong
    if "pass" in (results.get("dmarc"), results.get("dkim")):
        return State.PASSED, ""
    return State.UNCLEAR, "said_nothing" if not results else "said_too_little"
