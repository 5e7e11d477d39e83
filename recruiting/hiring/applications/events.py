"""What webhooks and colleagues are told about applications; webhooks get ids and names of stages, no person."""

from collections.abc import Sequence

from django.conf import settings
from django.urls import reverse

from mailsettings.models import Event, WebhookEndpoint
from mailsettings.outbound import webhooks
from recruiting.conversation.colleagues import notify
from recruiting.models import Application, Message, Notification
from recruiting.models.applications import Door


def application_received(
    application: Application, endpoints: Sequence[WebhookEndpoint], *, door: str
) -> None:
    """``endpoints`` are the company's, whatever they want to be told."""
    wanting = [each for each in endpoints if Event.APPLICATION_RECEIVED in each.events]
    if wanting:
        data = _about(application) | {"door": str(door)}
        webhooks.tell(wanting, Event.APPLICATION_RECEIVED, data)


def news_of(application: Application, *, door: str) -> list[Notification]:
    """Return what tells colleagues of a new application, except of what one of them added."""
    return [] if door == Door.RECRUITER else [notify.application_received(application)]


def stage_changed(application: Application, *, left_id: int) -> None:
    """``application`` is in its new stage already."""
    data = _about(application) | {"from_stage": left_id}
    webhooks.emit(application.position.company_id, Event.STAGE_CHANGED, data)


def messages_received(messages: Sequence[Message]) -> None:
    """Messages of people; those without ``application`` wait in Unassigned messages. Colleagues are told."""
    companies = {message.company_id for message in messages}
    wanting = webhooks.list_wanting(companies, Event.MESSAGE_RECEIVED)
    notify.messages_received(messages)
    for message in messages:
        if endpoints := wanting.get(message.company_id):
            about = _about(message.application) if message.application else {}
            data = about | {"message": message.pk, "message_id": message.message_id}
            webhooks.tell(endpoints, Event.MESSAGE_RECEIVED, data)


def _about(application: Application) -> dict[str, object]:
    path = reverse(
        "recruiting:application",
        urlconf=settings.ROOT_URLCONF,  # a career site's own host has another
        args=[application.pk],
    )
    return {
        "application": application.pk,
        "candidate": application.candidate_id,
        "position": application.position_id,
        "stage": {"id": application.stage_id, "name": application.stage.name},
        "url": f"{settings.PUBLIC_URL}{path}",
    }
