from django.test import Client

from companies.models import Membership


def test_nul_in_an_address_of_the_admin_is_a_bad_request(client: Client, ada: Membership) -> None:
    client.force_login(ada.user)
    address = "/admin/recruiting/position/"
    assert client.get(f"{address}?state__exact=a%00b").status_code == 400
    assert client.get(f"{address}?state__exact=draft").status_code == 200


def test_nobody_takes_an_address_that_is_not_proven_theirs(
    client: Client, ada: Membership, cleo: Membership
) -> None:
    client.force_login(ada.user)
    form = {"email": cleo.user.email, "action_add": "", "action_primary": ""}
    answer = client.post("/accounts/email/", form)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/profile/")
    ada.user.refresh_from_db()
    assert ada.user.email == "ada@acme.example"
