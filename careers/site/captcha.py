"""A puzzle for programs, where a company wants one: a provider is what asks and what judges the answer.

``ProofOfWork`` is the one there is: the browser counts until a hash fits, and asks nobody for it.
"""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Protocol

from altcha import v1 as altcha
from django.conf import settings
from django.core.cache import cache

LIFETIME = timedelta(hours=3)
LARGEST_NUMBER = 50_000  # hashes a browser counts at most, within about a second


class Captcha(Protocol):
    """What a provider does."""

    def challenge(self) -> str:
        """Return a new puzzle, as the page's script reads it."""

    def verify(self, solution: str) -> bool:
        """Say whether this solves a puzzle of ours for the first time."""


class ProofOfWork:
    """ALTCHA, on our own machine: nobody else learns who applies."""

    def challenge(self) -> str:
        made = altcha.create_challenge(
            altcha.ChallengeOptions(
                algorithm="SHA-256",
                max_number=LARGEST_NUMBER,
                hmac_key=settings.SECRET_KEY,
                expires=datetime.now(UTC) + LIFETIME,
            )
        )
        return json.dumps(
            {
                "algorithm": made.algorithm,
                "challenge": made.challenge,
                "salt": made.salt,
                "signature": made.signature,
                "maxnumber": made.max_number,
            }
        )

    def verify(self, solution: str) -> bool:
        try:
            is_right, _why = altcha.verify_solution(solution, settings.SECRET_KEY, True)
        except (TypeError, ValueError, AttributeError, RecursionError):
            return (
                False  # the library expects an object of strings; anybody may send something else
            )
        if not is_right:
            return False
        solved = json.loads(base64.b64decode(solution))["challenge"]
        return cache.add(f"captcha:{solved}", 1, timeout=int(LIFETIME.total_seconds()))


PROVIDERS: dict[str, Captcha] = {"altcha": ProofOfWork()}


def challenge(name: str) -> str:
    """Return a puzzle of the provider of that name, empty where none is wanted."""
    provider = PROVIDERS.get(name)
    return provider.challenge() if provider else ""


def passes(name: str, solution: str) -> bool:
    """Say whether the solution satisfies the provider of that name; without one, everybody passes."""
    provider = PROVIDERS.get(name)
    return provider is None or bool(solution and provider.verify(solution))
