"""The table of positions and their senders says what sending will do."""

from django.test import Client
from django.urls import reverse

from companies.models import Company, Membership, Subcompany
from recruiting.models import Position
from tests import factories

URL = reverse("recruiting:position-senders")


def test_each_position_shows_the_sender_that_mail_will_have(
    client: Client, ada: Membership, company: Company, subcompany: Subcompany, position: Position
) -> None:
    factories.MailboxFactory(
        company=company, subcompany=subcompany, address="b@acme.example", smtp_host="smtp.b.example"
    )
    factories.PositionFactory(company=company, name="Gardener")
    client.force_login(ada.user)
    html = client.get(URL).content.decode()
    rows = dict.fromkeys(["Backend developer", "Gardener"], "")
    for row in html.split("<tr")[2:]:
        rows[next(name for name in rows if name in row)] = " ".join(row.split())
    assert "b@acme.example" in rows["Backend developer"]
    assert "smtp.b.example" in rows["Backend developer"]
    assert "acme-jobs@recruiting.posthorn.example" in rows["Gardener"]


def test_positions_of_others_are_not_listed(
    client: Client, cleo: Membership, position: Position
) -> None:
    client.force_login(cleo.user)
    assert "Backend developer" not in client.get(URL).content.decode()


def test_a_recruiter_may_not_see_it(client: Client, ben: Membership) -> None:
    client.force_login(ben.user)
    assert client.get(URL).status_code == 403
