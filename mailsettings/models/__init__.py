"""Tables of the mail engine, one module per subject."""

from mailsettings.models.copies import SentCopy
from mailsettings.models.deliveries import Delivery
from mailsettings.models.domains import DomainProof, SenderDomain
from mailsettings.models.grants import OAuthGrant
from mailsettings.models.incoming import IncomingMail, MailFolder
from mailsettings.models.keys import EncryptionKey
from mailsettings.models.mailboxes import EmailSettings, Mailbox
from mailsettings.models.outgoing import OutgoingMail, OutgoingRecipient
from mailsettings.models.probes import ProbeRun
from mailsettings.models.proofs import Proof
from mailsettings.models.provider_events import ProviderEvent
from mailsettings.models.webhooks import Event, WebhookDelivery, WebhookEndpoint

__all__ = [
    "Delivery",
    "DomainProof",
    "EmailSettings",
    "EncryptionKey",
    "Event",
    "IncomingMail",
    "MailFolder",
    "Mailbox",
    "OAuthGrant",
    "OutgoingMail",
    "OutgoingRecipient",
    "ProbeRun",
    "Proof",
    "ProviderEvent",
    "SenderDomain",
    "SentCopy",
    "WebhookDelivery",
    "WebhookEndpoint",
]
