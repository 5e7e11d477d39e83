"""The browser fixture is Debian's Chromium, and it cannot leave this machine either."""

import pytest
from playwright.sync_api import Error, Page
from pytest_django.live_server_helper import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_browser_reaches_our_server_and_no_other(live_server: LiveServer, page: Page) -> None:
    response = page.goto(f"{live_server.url}/admin/login/")
    assert response is not None
    assert response.ok
    with pytest.raises(Error, match="ERR_NAME_NOT_RESOLVED"):
        page.goto("http://example.com/")
