"""Rules that put mail away when it comes: kept, applied to what waits, and asked for by filing."""

from collections import Counter
from collections.abc import Collection

from django.db import transaction
from django.db.models import F

from companies import audit
from companies.models import Membership
from recruiting.models import MailRule, Message
from recruiting.people import addresses

# Half the world writes from these: a rule for such a domain would put away most candidates.
OF_EVERYBODY = frozenset(
    """gmail.com googlemail.com outlook.com outlook.de hotmail.com hotmail.de live.com live.de msn.com
    yahoo.com yahoo.de icloud.com me.com aol.com gmx.de gmx.net gmx.at gmx.ch web.de t-online.de
    freenet.de posteo.de mailbox.org proton.me protonmail.com bluewin.ch""".split()  # noqa: SIM905 -- a list of words
)


def patterns(address: str) -> list[str]:
    """What a rule may say of mail from this address: the address, and its domain unless it is everybody's."""
    normal = addresses.normalise(address)
    domain = normal.rpartition("@")[2]
    if not normal or "@" not in normal:
        return []
    return [normal] if domain in OF_EVERYBODY else [normal, f"@{domain}"]


class Rules:
    """The rules for the senders of a batch of mails, read with one query."""

    def __init__(self, companies: Collection[int], senders: Collection[str]) -> None:
        wanted = {pattern for sender in senders for pattern in patterns(sender)}
        found = MailRule.objects.filter(company__in=companies, pattern__in=wanted) if wanted else ()
        self._found = {(rule.company_id, rule.subcompany_id, rule.pattern): rule for rule in found}
        self._hits: Counter[int] = Counter()

    def find(self, company_id: int, subcompany_id: int | None, sender: str) -> MailRule | None:
        """The rule for a mail, the narrowest first; it is counted."""
        if not self._found:
            return None
        for pattern in patterns(sender):
            for place in (subcompany_id, None):
                if rule := self._found.get((company_id, place, pattern)):
                    self._hits[rule.pk] += 1
                    return rule
        return None

    def count(self) -> None:
        """Write down how often each was used."""
        for pk, hits in self._hits.items():
            MailRule.objects.filter(pk=pk).update(hits=F("hits") + hits)


def add(pattern: str, treat: str, *, by: Membership) -> tuple[MailRule, bool]:
    """Keep a rule, or change what one for the same mail does; return it and whether it is new. One audit line."""
    with transaction.atomic():
        rule, is_new = MailRule.objects.update_or_create(
            company=by.company,
            subcompany=by.subcompany,
            pattern=pattern,
            defaults={"treat": treat, "author": by},
        )
        audit.record(by.company, "mail_rule.kept", rule, by=by, pattern=pattern, treat=treat)
    return rule, is_new


def remove(rule: MailRule, *, by: Membership) -> None:
    """Mail that it put away stays there. One audit line."""
    with transaction.atomic():
        audit.record(by.company, "mail_rule.removed", rule, by=by, pattern=rule.pattern)
        rule.delete()


def waiting(rule: MailRule, *, by: Membership) -> list[Message]:
    """The unassigned mails that the rule is about."""
    mails = Message.objects.visible_to(by).unassigned()
    if rule.pattern.startswith("@"):
        return list(mails.filter(from_address__iendswith=rule.pattern))
    return list(mails.filter(from_address__iexact=rule.pattern))
