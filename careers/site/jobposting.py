"""A position as search engines for jobs read it: schema.org JobPosting in a data block of its page."""

import json
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from careers.site import texts
from careers.site.hosts import Site
from recruiting.choices import EmploymentType, SalaryPeriod, Schedule
from recruiting.models import Position, PositionText

EMPLOYMENT = {
    EmploymentType.TEMPORARY: "TEMPORARY",
    EmploymentType.INTERN: "INTERN",
    EmploymentType.FREELANCE: "CONTRACTOR",
}
SCHEDULES = {
    Schedule.FULL_TIME: ["FULL_TIME"],
    Schedule.PART_TIME: ["PART_TIME"],
    Schedule.FULL_OR_PART_TIME: ["FULL_TIME", "PART_TIME"],
}
UNITS = {
    SalaryPeriod.YEARLY: "YEAR",
    SalaryPeriod.MONTHLY: "MONTH",
    SalaryPeriod.WEEKLY: "WEEK",
    SalaryPeriod.DAILY: "DAY",
    SalaryPeriod.HOURLY: "HOUR",
}
# Inside a script element nothing may look like markup (HTML, 4.12.1.3).
_ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


def data_block(position: Position, text: PositionText, site: Site) -> SafeString:
    """Return the script element. It holds data, not a script, so that our policy lets it stand."""
    data = json.dumps(describe(position, text, site), ensure_ascii=False).translate(_ESCAPES)
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(data))  # noqa: S308 -- escaped above


def describe(position: Position, text: PositionText, site: Site) -> dict[str, Any]:
    """Return the JobPosting. Reads ``text.sections``, which should be prefetched."""
    language = site.company.default_language
    posting = {
        "@context": "https://schema.org/",
        "@type": "JobPosting",
        "title": text.title,
        "description": "".join(
            f"<h3>{format_html('{}', section.heading)}</h3>{texts.clean(section.body)}"
            for section in text.sections.all()
        ),
        "identifier": {
            "@type": "PropertyValue",
            "name": site.company.name,
            "value": str(position.number),
        },
        "datePosted": f"{position.published_at or position.created_at:%Y-%m-%d}",
        "employmentType": SCHEDULES[Schedule(position.schedule)]
        + [EMPLOYMENT[kind] for kind in EMPLOYMENT if kind == position.employment_type],
        "hiringOrganization": {
            "@type": "Organization",
            "name": position.employer.name,
            "sameAs": site.url("openings", language=language),
        },
        "jobLocation": [_place(office) for office in texts.offices(position)],
        "url": site.url("position", language=language, number=position.number),
        "directApply": True,
    }
    return posting | _salary(position)


def _place(office: str) -> dict[str, Any]:
    address = {"@type": "PostalAddress", "addressLocality": office}
    return {"@type": "Place", "address": address}


def _salary(position: Position) -> dict[str, Any]:
    limits = {"minValue": position.salary_min, "maxValue": position.salary_max}
    amounts = {name: float(limit) for name, limit in limits.items() if limit is not None}
    if not amounts:
        return {}
    unit = UNITS[SalaryPeriod(position.salary_period)]
    return {
        "baseSalary": {
            "@type": "MonetaryAmount",
            "currency": position.salary_currency,
            "value": {"@type": "QuantitativeValue", **amounts, "unitText": unit},
        }
    }
