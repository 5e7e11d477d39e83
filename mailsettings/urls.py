"""URLs of the email settings."""

from django.urls import path

from mailsettings import oauth_views, views, webhook_views
from mailsettings.models import OAuthGrant
from mailsettings.personal import views as personal

app_name = "mailsettings"

PAGE = "settings/recruiting/email/"
PERSONAL = "profile/email/"
HOOKS = "settings/webhooks/"

urlpatterns = [
    path(PAGE, views.email_settings, name="email-settings"),
    path(f"{PAGE}main/", views.mailbox, name="main-mailbox"),
    path(f"{PAGE}subcompanies/", views.add_subcompany, name="subcompany-add"),
    path(f"{PAGE}subcompanies/<int:subcompany_id>/", views.mailbox, name="mailbox"),
    path(f"{PAGE}mailboxes/<int:pk>/test/", views.test, name="mailbox-test"),
    path(f"{PAGE}mailboxes/<int:pk>/try-again/", views.try_again, name="mailbox-try-again"),
    path(f"{PAGE}mailboxes/<int:pk>/disconnect/", views.disconnect, name="mailbox-disconnect"),
    path(
        f"{PAGE}mailboxes/as-application/",
        oauth_views.connect_as_application,
        name="as-application",
    ),
    path(f"{PAGE}domains/check/", views.check_domains, name="domains-check"),
    path(f"{PAGE}domains/<int:pk>/prove/", views.prove_domain, name="domain-prove"),
    path(f"{PAGE}domains/<int:pk>/forget/", views.forget_domain, name="domain-forget"),
    path(f"{PAGE}tests/<int:pk>/", views.run, name="test-run"),
    path(f"{PERSONAL}way/", oauth_views.choose_way, name="mailbox-way"),
    path(PERSONAL, personal.connection, name="personal"),
    path(f"{PERSONAL}servers/", personal.suggestion, name="personal-suggestion"),
    path(f"{PERSONAL}test/", personal.test, name="personal-test"),
    path(f"{PERSONAL}try-again/", personal.try_again, name="personal-try-again"),
    path(f"{PERSONAL}disconnect/", personal.disconnect, name="personal-disconnect"),
    path(f"{PERSONAL}signature/", personal.signature, name="personal-signature"),
    path(HOOKS, webhook_views.index, name="webhooks"),
    path(f"{HOOKS}<int:pk>/", webhook_views.endpoint, name="webhook"),
    path(f"{HOOKS}<int:pk>/test/", webhook_views.test, name="webhook-test"),
    path(f"{HOOKS}<int:pk>/delete/", webhook_views.delete, name="webhook-delete"),
    path(f"{HOOKS}deliveries/<int:pk>/repeat/", webhook_views.repeat, name="webhook-repeat"),
]
urlpatterns += [
    path(f"{PERSONAL}{provider}/{step}", view, {"provider": provider}, name=f"{name}-{provider}")
    for provider in OAuthGrant.Provider.values
    for step, view, name in (
        ("", oauth_views.ask, "oauth"),
        ("answer/", oauth_views.answer, "oauth-answer"),
    )
]
