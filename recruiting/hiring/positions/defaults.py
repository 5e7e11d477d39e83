"""What a company starts with: a pipeline, reasons why applications end, and sources."""

from django.db import transaction
from django.utils.translation import gettext as _

from companies.models import Company
from recruiting.choices import StageKind
from recruiting.models import Pipeline, RejectionReason, Source, Stage


@transaction.atomic
def make_pipeline(company: Company, name: str) -> Pipeline:
    """Create a pipeline with the five system stages and three of the company's own in between."""
    steps = [
        (StageKind.UNASSIGNED, _("Unassigned"), 3),
        (StageKind.CUSTOM, _("Screening"), 5),
        (StageKind.CUSTOM, _("Phone interview"), 7),
        (StageKind.CUSTOM, _("On-site interview"), 14),
        (StageKind.OFFER, _("Offer"), 7),
        (StageKind.ACCEPTED, _("Accepted"), None),
        (StageKind.REJECTED, _("Rejected"), None),
        (StageKind.WITHDRAWN, _("Withdrawn"), None),
    ]
    pipeline = Pipeline.objects.create(company=company, name=name)
    Stage.objects.bulk_create(
        Stage(pipeline=pipeline, kind=kind, name=title, order=order, max_days=days)
        for order, (kind, title, days) in enumerate(steps)
    )
    return pipeline


def add_reasons(company: Company) -> None:
    """Give a company the usual reasons for rejections and withdrawals; those it has stay. Idempotent."""
    names = {
        RejectionReason.Kind.REJECTION: [
            _("Another candidate fits better"),
            _("Experience does not match"),
            _("Language skills"),
            _("Position already filled"),
            _("Salary expectations"),
        ],
        RejectionReason.Kind.WITHDRAWAL: [
            _("Accepted another offer"),
            _("Location"),
            _("Personal reasons"),
            _("Salary"),
        ],
    }
    RejectionReason.objects.bulk_create(
        [
            RejectionReason(company=company, kind=kind, name=name)
            for kind, kind_names in names.items()
            for name in kind_names
        ],
        ignore_conflicts=True,
    )


def add_sources(company: Company) -> None:
    """Give a company the usual sources; those it has stay. Idempotent."""
    names = [_("Career site"), "Indeed", "LinkedIn", _("Referral"), _("Speculative application")]
    Source.objects.bulk_create(
        [Source(company=company, name=name) for name in names], ignore_conflicts=True
    )


@transaction.atomic
def set_up(company: Company) -> Pipeline:
    """Make a new company ready to hire and return its first pipeline."""
    add_reasons(company)
    add_sources(company)
    return make_pipeline(company, _("Standard"))
