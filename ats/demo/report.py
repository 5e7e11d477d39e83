"""What ``manage.py demo --json`` says: everything a script needs to talk to the demo company."""

from typing import Any

from ats.demo.tenants import PASSWORD
from careers.site import hosts
from companies import credentials
from companies.models import Company
from recruiting.models import Position


def describe(company: Company) -> dict[str, Any]:
    """Return the company as a script sees it, with a new token; older ones stay valid."""
    _, token = credentials.issue(company, name="Demo", by=None)
    careers = f"{hosts.site_url(company)}/"
    return {
        "company_id": company.pk,
        "name": company.name,
        "account": company.account,
        "recruiting_address": company.recruiting_address,
        "careers_url": careers,
        "feed_url": f"{careers}xml",
        "access_token": token,
        "v1_token": token,
        "subcompanies": list(company.subcompanies.order_by("pk").values("id", "name")),
        "positions": [
            _position(row)
            for row in company.positions.select_related("subcompany").order_by("number")
        ],
        "channels": list(company.sources.order_by("pk").values("id", "name")),
        "attributes": [
            {
                "api_name": attribute.api_name,
                "name": attribute.name,
                "type": attribute.type,
                "options": list(attribute.options.values("api_name", "name")),
            }
            for attribute in company.attributes.prefetch_related("options")
        ],
        "tags": list(company.tags.values_list("name", flat=True)),
        "users": [
            {"email": member.user.email, "password": PASSWORD, "role": member.role}
            for member in company.memberships.select_related("user").order_by("pk")
        ],
    }


def _position(position: Position) -> dict[str, Any]:
    return {
        "job_position_id": position.number,
        "name": position.name,
        "subcompany": position.subcompany.name if position.subcompany else None,
        "state": position.state,
    }
