import pytest
from django.test import Client

from companies.models import Membership


@pytest.mark.parametrize(
    "address", ["/candidates/?q=%00", "/admin/?state__exact=a%00b", "/login?%00"]
)
def test_nul_in_an_address_is_a_bad_request(client: Client, ada: Membership, address: str) -> None:
    client.force_login(ada.user)
    assert client.get(address).status_code == 400


@pytest.mark.parametrize("address", ["/accounts/email/", "/profile/email/"])
def test_nobody_takes_an_address_that_is_not_proven_theirs(
    client: Client, ada: Membership, cleo: Membership, address: str
) -> None:
    client.force_login(ada.user)
    answer = client.post(
        address, {"email": cleo.user.email, "action_add": "", "action_primary": ""}
    )
    assert (answer.status_code, answer.headers["Location"]) == (302, "/profile/")
    ada.user.refresh_from_db()
    assert ada.user.email == "ada@acme.example"
