"""URLs of the recruiter's pages."""

from django.urls import path

from recruiting.desk import (
    applications,
    board,
    candidates,
    conversation,
    documents,
    home,
    position_edit,
    position_senders,
    positions,
    refused,
    templates,
    unassigned,
)

app_name = "recruiting"

urlpatterns = [
    path("", home.show, name="home"),
    path("positions/", positions.index, name="positions"),
    path("settings/recruiting/email/positions/", position_senders.index, name="position-senders"),
    path("settings/recruiting/templates/", templates.index, name="templates"),
    path("settings/recruiting/templates/new/", templates.create, name="template-new"),
    path("settings/recruiting/templates/<int:pk>/", templates.edit, name="template"),
    path(
        "settings/recruiting/templates/<int:pk>/delete/", templates.delete, name="template-delete"
    ),
    path("settings/recruiting/templates/<int:pk>/test/", templates.send_test, name="template-test"),
    path("positions/<int:pk>/", positions.detail, name="position"),
    path("positions/new/", position_edit.create, name="position-new"),
    path("positions/<int:pk>/edit/", position_edit.edit, name="position-edit"),
    path("positions/<int:pk>/description/", position_edit.description, name="position-description"),
    path("positions/<int:pk>/form/", position_edit.fields, name="position-form"),
    path("positions/<int:pk>/team/", position_edit.team, name="position-team"),
    path("positions/<int:pk>/duplicate/", position_edit.duplicate, name="position-duplicate"),
    path("positions/<int:pk>/board/", board.show, name="board"),
    path("positions/<int:pk>/state/", positions.set_state, name="position-state"),
    path("candidates/", candidates.index, name="candidates"),
    path("candidates/<int:pk>/", candidates.show, name="candidate"),
    path("applications/refused/", refused.index, name="refused"),
    path("applications/refused/<int:pk>/", refused.show, name="refused-application"),
    path("applications/refused/<int:pk>/accept/", refused.accept, name="refused-accept"),
    path("applications/refused/<int:pk>/delete/", refused.delete, name="refused-delete"),
    path(
        "applications/refused/<int:pk>/documents/<int:document_id>/",
        refused.document,
        name="refused-document",
    ),
    path("applications/<int:pk>/", applications.show, name="application"),
    path("applications/<int:pk>/move/", board.move, name="application-move"),
    path("applications/<int:pk>/reject/", applications.reject, name="application-reject"),
    path("applications/<int:pk>/withdraw/", applications.withdraw, name="application-withdraw"),
    path("applications/<int:pk>/notes/", applications.add_note, name="note-add"),
    path("applications/<int:pk>/messages/", conversation.send, name="message-send"),
    path("applications/<int:pk>/templates/", conversation.templates, name="message-templates"),
    path(
        "applications/<int:pk>/templates/<int:template_id>/",
        conversation.template,
        name="message-template",
    ),
    path("messages/<int:pk>/body/", conversation.body, name="message-body"),
    path("messages/<int:pk>/retry/", conversation.retry, name="message-retry"),
    path("messages/<int:pk>/cancel/", conversation.cancel, name="message-cancel"),
    path("messages/<int:pk>/confirm/", conversation.confirm_address, name="message-confirm"),
    path("messages/<int:pk>/detach/", conversation.detach, name="message-detach"),
    path("messages/unassigned/", unassigned.index, name="unassigned"),
    path("messages/unassigned/<int:pk>/", unassigned.index, name="unassigned-message"),
    path("messages/unassigned/<int:pk>/assign/", unassigned.assign, name="message-assign"),
    path(
        "messages/unassigned/<int:pk>/create/",
        unassigned.create_application,
        name="message-create-application",
    ),
    path("messages/unassigned/<int:pk>/archive/", unassigned.archive, name="message-archive"),
    path("messages/unassigned/<int:pk>/restore/", unassigned.unarchive, name="message-restore"),
    path("documents/<str:code>/", documents.document, name="document"),
    path("attachments/<str:code>/", documents.attachment, name="attachment"),
]
