"""What a finding of the DNS check says to people."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from mailsettings.models import DomainProof
from mailsettings.proofs.dnsadvice import Finding

TEXTS: dict[str, str | Promise] = {
    "unknown": _("Could not check: no name server answered. Nothing is wrong because of that."),
    "spf_ok": _("SPF is right: %(lookups)s of ten lookups used."),
    "spf_not_needed": _("No SPF record. None is needed, since no server of yours sends."),
    "spf_missing": _("No SPF record says that %(server)s may send for %(domain)s."),
    "spf_several": _("There are several SPF records; receivers then ignore all. Keep one."),
    "spf_include_missing": _("The SPF record includes a domain that has none. Remove that part."),
    "spf_syntax": _("The SPF record has a part that receivers cannot read."),
    "spf_too_many": _(
        "The SPF record needs more than ten lookups; receivers stop there. Shorten it."
    ),
    "spf_open": _("The SPF record ends with +all: everybody may send for this domain."),
    "spf_other_server": _("The SPF record does not name the provider of %(server)s."),
    "dkim_ok": _("DKIM keys are published: %(found)s."),
    "spf_platform": _("SPF names the addresses that our mail service sends from: %(addresses)s."),
    "spf_addresses": _(
        "SPF passes, since our mail service sends with a return path of its own. Some receivers look at this "
        "domain too; they should find our addresses: %(addresses)s."
    ),
    "dkim_missing": _(
        "No DKIM key was found under the usual names. Switch DKIM on at your provider, publish what it "
        "asks for, then send a test mail. What stands in <…> your provider tells you."
    ),
    "dkim_ours_missing": _(
        "The keys that our mail service would sign with are not published; they stand below."
    ),
    "dkim_not_needed": _("No DKIM key. None is needed, since no server of yours sends."),
    "dmarc_ok": _("DMARC is satisfied on this way (policy %(policy)s)."),
    "dmarc_missing": _("No DMARC record. Large providers ask for one."),
    "dmarc_several": _("There are several DMARC records; receivers then ignore all. Keep one."),
    "dmarc_not_concerned": _(
        "Mail leaves from the recruiting address, so this domain's DMARC policy does not concern it."
    ),
    "dmarc_unaligned": _(
        "Neither SPF nor DKIM vouches for this domain on this way; its policy (%(policy)s) counts against your mail."
    ),
    "mx_ok": _("Mail to this domain goes to %(found)s."),
    "mx_missing": _("No server receives mail for this domain; answers cannot arrive."),
}

# What a proof means that did not pass, by its code, and whose task it is.
PROOF_TEXTS: dict[str, str | Promise] = {
    "spf": _("SPF does not allow our servers to send. That is our operator's task, not yours."),
    "dkim": _(
        "The signature was not accepted. Compare the published records with those below; the operator "
        "looks whether our mail service signs for this domain."
    ),
    "dmarc": _(
        "Neither SPF nor DKIM vouched for the address in From. Compare the published records with those below."
    ),
    "not_arrived": _("The mail left and did not arrive within an hour."),
    "bounced": _("The mail came back undelivered."),
    "not_sent": _("Our mail service did not take the mail from this address."),
    "said_nothing": _(
        "It arrived, but our receiver noted nothing about SPF, DKIM and DMARC (the operator would set AUTHSERV_IDS)."
    ),
    "said_too_little": _("It arrived, but our receiver noted too little to judge it."),
}


def say_proof(proof: DomainProof) -> str:
    """Return what came of a proof, in the reader's language."""
    if proof.state == DomainProof.State.RUNNING:
        return str(_("Under way."))
    if proof.code:
        return str(PROOF_TEXTS[proof.code])
    return str(_("Receivers believe mail from this domain."))


def say(finding: Finding) -> str:
    """Return the sentence of a finding in the reader's language."""
    text: str = str(TEXTS[finding["code"]]) % finding["values"]
    return text
