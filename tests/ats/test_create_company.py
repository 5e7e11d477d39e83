"""``manage.py create_company``: everything a company needs to begin."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from companies.models import Company


def create(*arguments: str) -> str:
    out = StringIO()
    call_command("create_company", *arguments, stdout=out)
    return out.getvalue()


def test_a_new_company_has_an_owner_a_pipeline_and_a_way_to_log_in(db: None) -> None:
    told = create("Acme GmbH", "acme", "Owner@acme.example")
    company = Company.objects.get(account="acme")
    member = company.memberships.get()
    assert (member.role, member.user.email) == ("owner", "owner@acme.example")
    assert company.pipelines.exists()
    assert "acme-jobs@recruiting.posthorn.example" in told
    assert "/accounts/password/reset/key/" in told


@pytest.mark.parametrize(
    "arguments",
    [
        ("Acme", "not an account", "owner@acme.example"),
        ("Acme", "acme", "no address"),
        ("Acme", "taken", "owner@acme.example"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(
    db: None, arguments: tuple[str, str, str]
) -> None:
    Company.objects.create(name="Old", account="taken")
    with pytest.raises(CommandError):
        create(*arguments)
    assert Company.objects.count() == 1
