"""What a finding of the DNS check says to people."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

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
    "dkim_missing": _(
        "No DKIM key was found under the usual names. Switch DKIM on at your provider, then send a test mail."
    ),
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


def say(finding: Finding) -> str:
    """Return the sentence of a finding in the reader's language."""
    text: str = str(TEXTS[finding["code"]]) % finding["values"]
    return text
