"""The daily proof of a verified domain: a mail from it to our own receiver, and what that said of it.

The mail leaves as mail to candidates does, by the platform's provider and from an address of the
domain. ``inbound.proving`` recognises it. Any number of workers may run this.
"""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from companies import audit
from companies.audit import Actor
from mailsettings.mime.addresses import Address
from mailsettings.mime.compose import Draft, compose, make_message_id
from mailsettings.models import DomainProof, Mailbox, OutgoingMail, SenderDomain
from mailsettings.outbound import outbox
from mailsettings.proofs import alarms, domains, rechecks

PATIENCE = timedelta(hours=1)  # then a mail that left has not arrived; it may still, and heals it
PAUSE = timedelta(minutes=1)  # between two proofs that people ask for
BATCH = 10
KEPT = 30  # proofs of one domain
State = DomainProof.State
ENDED = {
    OutgoingMail.State.SENT: "not_arrived",
    OutgoingMail.State.BOUNCED: "bounced",
    OutgoingMail.State.FAILED: "not_sent",
    OutgoingMail.State.UNCONFIRMED: "not_arrived",
    OutgoingMail.State.CANCELLED: "not_sent",
}


def run_due() -> int:
    """Settle what came of earlier proofs, then send those that are due; return how many."""
    _give_up()
    _settle()
    now = timezone.now()
    due = SenderDomain.objects.exclude(verified_at=None).filter(next_proof_at__lte=now)
    begun = 0
    for domain in due.select_related("company").order_by("next_proof_at")[:BATCH]:
        mine = SenderDomain.objects.filter(pk=domain.pk, next_proof_at=domain.next_proof_at)
        after = now + rechecks.AGAIN if domain.failing_since else rechecks.tomorrow(now)
        if mine.update(next_proof_at=after):
            begun += _begin(domain)
    return begun


def ask(domain: SenderDomain, *, by: Actor) -> bool:
    """Have the domain proven now; False when it is not verified or was proven just before."""
    late = timezone.now() - PAUSE
    if domain.verified_at is None or domain.proofs.filter(started_at__gt=late).exists():
        return False
    with transaction.atomic():
        SenderDomain.objects.filter(pk=domain.pk).update(next_proof_at=timezone.now())
        audit.record(domain.company, "sender_domain.proof_asked", domain, by=by, name=domain.name)
    return True


def senders_of(domain: SenderDomain) -> list[str]:
    """Return the shared addresses in the domain, the main company's first."""
    shared = Mailbox.objects.filter(company=domain.company_id, user=None).exclude(address="")
    found = shared.order_by("subcompany__pk", "pk").values_list("address", "subcompany_id")
    ordered = sorted(found, key=lambda one: one[1] is not None)
    return [address for address, _sub in ordered if domains.domain_of(address) == domain.name]


def _begin(domain: SenderDomain) -> int:
    """Queue the mail; without an address in the domain there is nobody to speak for."""
    addresses = senders_of(domain)
    if not addresses:
        return 0
    sender, account = addresses[0], domain.company.recruiting_address.partition("@")[0]
    draft = Draft(
        sender=Address(domain.company.name, sender),
        to=(Address("", f"{account}+proof@{settings.RECRUITING_DOMAIN}"),),
        subject=f"Daily proof of {domain.name}",
        text="Posthorn sends this to itself to see what SPF, DKIM and DMARC say.\n",
        message_id=make_message_id(settings.RECRUITING_DOMAIN),
        date=timezone.now(),
        headers={"Auto-Submitted": "auto-generated"},
    )
    raw = compose(draft)
    with transaction.atomic():
        outgoing = outbox.queue(
            company=domain.company,
            mailbox=None,
            envelope_sender=sender,
            recipients=[draft.to[0].addr_spec],
            raw=raw,
            message_id=draft.message_id,
            subject=draft.subject,
        )
        DomainProof.objects.create(domain=domain, outgoing=outgoing, sender=sender)
        old = domain.proofs.order_by("-started_at").values_list("pk", flat=True)[KEPT:]
        DomainProof.objects.filter(pk__in=list(old)).delete()
    return 1


def _give_up() -> None:
    """Fail the proofs whose mail left an hour ago and did not arrive, or never left."""
    late = timezone.now() - PATIENCE
    running = DomainProof.objects.filter(state=State.RUNNING, outgoing__state__in=ENDED)
    for proof in running.select_related("outgoing"):
        ended = proof.outgoing.state if proof.outgoing else OutgoingMail.State.FAILED
        code = ENDED[OutgoingMail.State(ended)]
        if code != "not_arrived" or proof.started_at < late:
            mine = DomainProof.objects.filter(pk=proof.pk, state=State.RUNNING)
            mine.update(state=State.FAILED, code=code, is_settled=False)


def _settle() -> None:
    """Write down at its domain what each finished proof says, in their order; the newest counts."""
    finished = DomainProof.objects.filter(is_settled=False).exclude(state=State.RUNNING)
    for proof in finished.select_related("domain__company").order_by("started_at"):
        with transaction.atomic():
            mine = DomainProof.objects.filter(pk=proof.pk, is_settled=False, state=proof.state)
            if mine.update(is_settled=True):
                _note(proof)


def _note(proof: DomainProof) -> None:
    domain = SenderDomain.objects.select_for_update().get(pk=proof.domain_id)
    newer = domain.proofs.filter(started_at__gt=proof.started_at).exclude(state=State.RUNNING)
    if proof.state == State.UNCLEAR or newer.exists() or domain.verified_at is None:
        return
    was_failing, is_failing = domain.failing_since is not None, proof.state == State.FAILED
    if is_failing == was_failing:
        return
    domain.failing_since = timezone.now() if is_failing else None
    domain.next_proof_at = timezone.now() + rechecks.AGAIN if is_failing else domain.next_proof_at
    domain.save(update_fields=["failing_since", "next_proof_at"])
    if is_failing:
        alarms.tell(alarms.repairers(domain.company, None), lambda: _words(domain))


def _words(domain: SenderDomain) -> tuple[str, str]:
    values = {"domain": domain.name, "link": alarms.link("mailsettings:email-settings")}
    text = _(
        "Mail from %(domain)s leaves through our mail service, and today's proof of it failed: receivers "
        "may take it for forged.\n\n"
        "What SPF, DKIM and DMARC said, and what to do, stands in the email settings:\n%(link)s\n\n"
        "Mail goes on leaving, and the proof is repeated every hour.\n"
    )
    return _("The proof of your domain failed: %(domain)s") % values, text % values
