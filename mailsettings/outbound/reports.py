"""Reports of the platform's provider: delivered, bounced, complained. Stored as posted, read afterwards.

Anymail checks signatures and secrets and answers 200 when ``receive`` returns; when it raises, the
provider posts again.
"""

import hashlib
import json
import logging
from datetime import timedelta
from typing import Any

from anymail.signals import AnymailTrackingEvent, EventType
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from mailsettings.mime.headers import clean
from mailsettings.models import OutgoingMail, OutgoingRecipient, ProviderEvent
from mailsettings.outbound import outbox

log = logging.getLogger(__name__)
State = OutgoingRecipient.State
BOUNCES = {EventType.BOUNCED, EventType.REJECTED, EventType.FAILED}
WANTED = BOUNCES | {EventType.DELIVERED, EventType.COMPLAINED}
BATCH = 200
# A report may come before the worker has written down the provider's id.
PATIENCE = timedelta(hours=1)
KEPT = timedelta(days=30)


def receive(sender: object, *, event: AnymailTrackingEvent, esp_name: str, **_: Any) -> None:  # noqa: ARG001 -- Django's signature
    """Store a report; receiver of ``anymail.signals.tracking``. Opens and clicks are nobody's business."""
    if not _is_guarded(esp_name):
        raise PermissionDenied("set ANYMAIL_WEBHOOK_SECRET or the provider's key to take reports")
    if event.event_type not in WANTED:
        return
    raw = _as_text(event.esp_event)
    same = f"{esp_name}\0{event.event_type}\0{event.message_id}\0{event.recipient}\0{raw}"
    ProviderEvent.objects.get_or_create(
        digest=hashlib.sha256(same.encode("utf-8", "replace")).hexdigest(),
        defaults={
            "provider": esp_name[:30],
            "kind": event.event_type,
            "provider_id": clean(event.message_id or "")[:255],
            "recipient": clean(event.recipient or "")[:254],
            "said": clean(event.mta_response or event.description or "")[:1000],
            "raw": raw,
        },
    )


def process_waiting() -> int:
    """Read what is stored, oldest first; one report that breaks holds up no other. Return how many were read."""
    read = 0
    for event in _readable().order_by("received_at", "pk")[:BATCH]:
        try:
            read += _process(event)
        except Exception:
            log.exception("the report %s was not understood", event.pk)
            _settle(event)
    old = timezone.now() - KEPT
    ProviderEvent.objects.filter(processed_at__isnull=False, received_at__lt=old).delete()
    return read


def _readable() -> QuerySet[ProviderEvent]:
    """Reports whose mail is known, or that have waited for it long enough: the others are in nobody's way."""
    of_platform = OutgoingMail.objects.filter(mailbox=None).exclude(provider_id="")
    of_recipient = OutgoingRecipient.objects.filter(mail__mailbox=None).exclude(provider_id="")
    same = {"provider_id": OuterRef("provider_id")}
    known = Exists(of_platform.filter(**same)) | Exists(of_recipient.filter(**same))
    has_waited = Q(received_at__lte=timezone.now() - PATIENCE)
    return ProviderEvent.objects.filter(known | has_waited, processed_at=None)


def _is_guarded(esp_name: str) -> bool:
    """Say whether anything proves who posts: the secret, or a key of this provider's signatures."""
    own = esp_name.upper().replace(" ", "_")
    return bool(settings.ANYMAIL.get("WEBHOOK_SECRET")) or any(
        name.startswith(own) and ("WEBHOOK" in name or "SIGNING" in name) and value
        for name, value in settings.ANYMAIL.items()
    )


def _as_text(esp_event: Any) -> str:
    plain = esp_event.dict() if hasattr(esp_event, "dict") else esp_event
    return json.dumps(plain, default=str, sort_keys=True).replace("\\u0000", "")


def _process(event: ProviderEvent) -> bool:
    """Apply one report, once; False while its mail is not known yet."""
    with transaction.atomic():
        locked = ProviderEvent.objects.select_for_update().filter(pk=event.pk, processed_at=None)
        if not locked.exists():
            return False
        mail = _mail_of(event)
        if mail is None and event.received_at > timezone.now() - PATIENCE:
            return False
        if mail:
            _apply(event, mail)
        _settle(event)
    return True


def _settle(event: ProviderEvent) -> None:
    ProviderEvent.objects.filter(pk=event.pk).update(processed_at=timezone.now())


def _mail_of(event: ProviderEvent) -> OutgoingMail | None:
    """Return the mail the provider knows by this id; only mail of the platform leaves by one."""
    if not event.provider_id:
        return None
    known = Q(provider_id=event.provider_id) | Q(recipients__provider_id=event.provider_id)
    return OutgoingMail.objects.filter(known, mailbox=None).select_related("company").first()


def _apply(event: ProviderEvent, mail: OutgoingMail) -> None:
    if event.kind in BOUNCES:
        outbox.record_bounce(
            mail.company,
            message_id=mail.message_id,
            addresses=[event.recipient] if event.recipient else [],
            permanent=True,
            diagnostic=event.said or event.kind,
        )
        return
    wanted = mail.recipients.filter(address__iexact=event.recipient)
    if event.kind == EventType.COMPLAINED:
        wanted.update(state=State.COMPLAINED, reply=event.said)
        return
    wanted.filter(state__in=[State.PENDING, State.ACCEPTED]).update(
        state=State.DELIVERED, reply=event.said
    )
    unconfirmed = OutgoingMail.objects.filter(pk=mail.pk, state=OutgoingMail.State.UNCONFIRMED)
    unconfirmed.update(state=OutgoingMail.State.SENT, sent_at=event.received_at)
