"""How people log in: django-allauth with the doors we do not offer closed."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from companies import visitors


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 -- allauth's signature
        """Nobody signs up by themselves: a company invites its people."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return whose login attempts are counted together: not the proxy's, which are everybody's."""
        return visitors.address(request) or "unknown"
