"""Unsolicited applications: a posting of each employer that stands for no opening."""

from collections.abc import Collection

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.html import format_html
from django.utils.translation import gettext as _

from companies import audit
from companies.models import Company, Subcompany
from recruiting.hiring.positions import defaults, positions
from recruiting.models import Pipeline, Position

Employers = Collection[Subcompany | None]  # None is the main company


def takers(company: Company) -> list[int | None]:
    """Return whose postings are published: ids of subcompanies, None for the main company."""
    taken = company.positions.published().filter(is_general=True)
    return list(taken.values_list("subcompany_id", flat=True))


def choose(company: Company, employers: Employers, *, by: audit.Actor) -> None:
    """Take unsolicited applications for exactly these employers.

    Who has no posting yet gets one, with a text in each language and in a pipeline which all of them
    share. The others' are paused; they keep number, texts and applications for another time.
    """
    with transaction.atomic():
        company = Company.objects.select_for_update(no_key=True).get(pk=company.pk)
        known = {row.subcompany_id: row for row in company.positions.filter(is_general=True)}
        for employer in employers:
            posting = known.pop(employer.pk if employer else None, None)
            positions.publish(posting or _open(company, employer, by), by=by)
        for posting in known.values():
            if posting.is_published:
                positions.unpublish(posting, by=by)


def _open(company: Company, employer: Subcompany | None, by: audit.Actor) -> Position:
    with translation.override(company.default_language):
        name = _("Unsolicited application")
        posting = positions.create(
            company,
            name=name,
            pipeline=_pipeline(company),
            by=by,
            subcompany=employer,
            is_general=True,
        )
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            section = (_("Nothing that fits?"), _words())
            positions.write_text(posting, language, _("Unsolicited application"), [section], by=by)
    return posting


def _words() -> str:
    return format_html(
        "<p>{}</p>",
        _(
            "Tell us what you do well and what you are looking for. We come back to you as soon as there"
            " is a place where that is needed."
        ),
    )


def _pipeline(company: Company) -> Pipeline:
    """The pipeline of the postings there are, else one of their own."""
    name = _("Unsolicited applications")
    used = company.pipelines.filter(positions__is_general=True)
    found = used.first() or company.pipelines.filter(name=name).first()
    return found or defaults.make_pipeline(company, name)
