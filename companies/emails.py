"""System mail of companies: through the platform, never through a customer's server."""

from allauth.account import app_settings
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from companies.models import Membership, User


def password_link(user: User) -> str:
    """Return the address at which the user chooses a password; it works once and for some days."""
    key = app_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(user)
    path = reverse(
        "account_reset_password_from_key",
        kwargs={"uidb36": user_pk_to_url_str(user), "key": key},
    )
    return f"{settings.PUBLIC_URL}{path}"


def send_invitation(member: Membership) -> None:
    """Write to a member how to log in. Opens a connection; raises what the mail backend raises."""
    context = {"member": member, "link": password_link(member.user)}
    with translation.override(member.user.language or member.company.default_language):
        subject = render_to_string("emails/invitation.subject.txt", context)
        text = render_to_string("emails/invitation.txt", context)
    send_mail(" ".join(subject.split()), text, None, [member.user.email])
