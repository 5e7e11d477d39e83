"""The browser of Ada, who sees everything in her company."""

from typing import TYPE_CHECKING

import pytest
from django.test import Client

if TYPE_CHECKING:
    from companies.models import Membership


@pytest.fixture
def admin(ada: "Membership") -> Client:
    client = Client()
    client.force_login(ada.user)
    return client
