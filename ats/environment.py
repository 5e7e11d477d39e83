"""Reading the environment: working defaults while DEBUG is on, one list of what is missing when it is off."""

import ipaddress
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

type_of_network = ipaddress.IPv4Network | ipaddress.IPv6Network


def networks(value: list[str], *, name: str) -> list[type_of_network]:
    """Parse CIDRs; a typo is an ``ImproperlyConfigured`` that names the variable."""
    try:
        return [ipaddress.ip_network(item.strip(), strict=False) for item in value if item.strip()]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}") from error


class Environment:
    """Reads variables and remembers which required ones are absent.

    ``required()`` gives the development default while ``debug`` is on. ``complain()`` raises one
    ``ImproperlyConfigured`` that names everything that is missing.
    """

    def __init__(self, env: environ.Env, *, debug: bool) -> None:
        self.env = env
        self.debug = debug
        self.missing: list[str] = []

    def required(self, name: str, default: str) -> str:
        value: Any = self.env.str(name, default="")
        if value:
            return str(value)
        if not self.debug:
            self.missing.append(name)
        return default

    def complain(self) -> None:
        if self.missing:
            names = ", ".join(self.missing)
            raise ImproperlyConfigured(
                f"Set these environment variables (or DEBUG=1 for development): {names}. "
                "README.md says what each of them means."
            )
