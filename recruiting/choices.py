"""Closed lists of the field: employment, seniority, schedule, documents, gender, occupations' categories."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class EmploymentType(models.TextChoices):
    PERMANENT = "permanent", _("Permanent")
    TEMPORARY = "temporary", _("Temporary")
    INTERN = "intern", _("Internship")
    TRAINEE = "trainee", _("Trainee")
    WORKING_STUDENT = "working_student", _("Working student")
    FREELANCE = "freelance", _("Freelance")


class Seniority(models.TextChoices):
    ENTRY_LEVEL = "entry-level", _("Entry level")
    EXPERIENCED = "experienced", _("Experienced")
    EXECUTIVE = "executive", _("Executive")
    STUDENT = "student", _("Student")


class Schedule(models.TextChoices):
    FULL_TIME = "full-time", _("Full time")
    PART_TIME = "part-time", _("Part time")
    FULL_OR_PART_TIME = "full-or-part-time", _("Full or part time")


class YearsOfExperience(models.TextChoices):
    LESS_THAN_1 = "lt-1", _("Less than 1 year")
    FROM_1_TO_2 = "1-2", _("1 to 2 years")
    FROM_2_TO_5 = "2-5", _("2 to 5 years")
    FROM_5_TO_7 = "5-7", _("5 to 7 years")
    FROM_7_TO_10 = "7-10", _("7 to 10 years")
    FROM_10_TO_15 = "10-15", _("10 to 15 years")
    MORE_THAN_15 = "gt-15", _("More than 15 years")


class SalaryPeriod(models.TextChoices):
    YEARLY = "yearly", _("Yearly")
    MONTHLY = "monthly", _("Monthly")
    WEEKLY = "weekly", _("Weekly")
    DAILY = "daily", _("Daily")
    HOURLY = "hourly", _("Hourly")


class OccupationCategory(models.TextChoices):
    """The 25 categories that feed readers know; one value is misspelt by tradition."""

    ACCOUNTING = "accounting_and_finance", _("Accounting and finance")
    ADMINISTRATIVE = "administrative_and_clerical", _("Administrative and clerical")
    BANKING = "banking_and_real_estate", _("Banking and real estate")
    CONSTRUCTION = (
        "building_construction_and_skilled_trades",
        _("Building, construction and skilled trades"),
    )
    BUSINESS = "business_and_strategic_development", _("Business and strategic development")
    CREATIVE = "creative_and_design", _("Creative and design")
    CUSTOMER_SUPPORT = "customer_support_and_client_care", _("Customer support and client care")
    EDITORIAL = "editorial_and_writing", _("Editorial and writing")
    ENGINEERING = "engineering", _("Engineering")
    FOOD = "food_services_and_hospitality", _("Food services and hospitality")
    HUMAN_RESOURCES = "human_resources", _("Human resources")
    INSTALLATION = "installation_and_maintenance_repair", _("Installation, maintenance and repair")
    IT_SOFTWARE = "it_software", _("IT and software")
    LEGAL = "legal", _("Legal")
    LOGISTICS = "logistics_and_transportation", _("Logistics and transportation")
    MARKETING = "marketing_and_product", _("Marketing and product")
    MEDICAL = "medical_health", _("Medical and health")
    OTHER = "other", _("Other")
    PRODUCTION = "production_and_operations", _("Production and operations")
    PROJECT = "project_and_program_management", _("Project and programme management")
    QUALITY = "quality_assurance_and_saftey", _("Quality assurance and safety")
    RESEARCH = "rd_and_science", _("Research and science")
    SALES = "sales_and_business_development", _("Sales and business development")
    SECURITY = "security_and_protective_services", _("Security and protective services")
    TRAINING = "training_instruction", _("Training and instruction")


class Gender(models.TextChoices):
    MALE = "male", _("Male")
    FEMALE = "female", _("Female")
    DIVERSE = "diverse", _("Diverse")
    UNDEFINED = "undefined", _("Undefined")


class DocumentCategory(models.TextChoices):
    CV = "cv", _("CV")
    COVER_LETTER = "cover-letter", _("Cover letter")
    EMPLOYMENT_REFERENCE = "employment-reference", _("Employment reference")
    CERTIFICATE = "certificate", _("Certificate")
    WORK_SAMPLE = "work-sample", _("Work sample")
    OTHER = "other", _("Other")


class FieldUse(models.TextChoices):
    """How an application form asks for a field."""

    OPTIONAL = "optional", _("Optional")
    REQUIRED = "required", _("Required")
    OFF = "off", _("Not asked")


class FormField(models.TextChoices):
    """What a position may ask for beside name and address, as the application form calls it."""

    PHONE = "phone", _("Phone")
    LOCATION = "location", _("Where you live")
    AVAILABLE_FROM = "available_from", _("Available from")
    SALARY_EXPECTATIONS = "salary_expectations", _("Salary expectations")
    MESSAGE = "message", _("Message")
    CV = "cv", _("CV")
    COVER_LETTER = "cover_letter", _("Cover letter")
    CERTIFICATES = "certificates", _("Certificates and references")
    DOCUMENTS = "documents", _("Other documents")


class StageKind(models.TextChoices):
    """Custom stages are a company's own; each pipeline has every other kind exactly once."""

    CUSTOM = "custom", _("Own stage")
    UNASSIGNED = "unassigned", _("Unassigned")
    OFFER = "offer", _("Offer")
    ACCEPTED = "accepted", _("Accepted")
    REJECTED = "rejected", _("Rejected")
    WITHDRAWN = "withdrawn", _("Withdrawn")


CLOSED_STAGES = frozenset({StageKind.ACCEPTED, StageKind.REJECTED, StageKind.WITHDRAWN})


class ArchivedAs(models.TextChoices):
    """What a received mail was taken to be by who, or which rule, put it away."""

    NOT_CANDIDATE = "not_candidate", _("Not a candidate")
    SPAM = "spam", _("Spam")
    MACHINE = "machine", _("Machine mail")
    DELETED = "deleted", _("Deleted")


class Why(models.TextChoices):
    """Why a mail is where it is. The label is a sentence; its names are filled in from what is kept beside."""

    TEST = "test", _("A test mail: it proves that the redirect works.")
    NO_SENDER = "no_sender", _("The mail names no sender.")
    UNKNOWN = "unknown", _("Nobody here is known to write from %(address)s.")
    SHARED = "shared", _("Several people here write from %(address)s.")
    CLOSED_THREAD = (
        "closed_thread",
        _(
            "It answers the conversation with %(person)s about %(position)s,"
            " which was decided more than 14 days ago."
        ),
    )
    ALL_CLOSED = (
        "all_closed",
        _("%(person)s has no application that is open or was decided in the last 14 days."),
    )
    ANSWER = "answer", _("It answers a message of this conversation.")
    ANSWER_BY_KEY = "answer_by_key", _("It was written to the address of this conversation.")
    ANSWER_FROM_ELSEWHERE = (
        "answer_elsewhere",
        _(
            "It answers a message of this conversation, but comes from %(address)s,"
            " an address not known for this person."
        ),
    )
    ADDRESS = "address", _("%(address)s is an address of %(person)s.")
    ADDRESS_NEWEST = (
        "address_newest",
        _(
            "%(address)s is an address of %(person)s. Of %(count)s open applications"
            " this one was written about last."
        ),
    )
    COPY = "copy", _("It was written to an address of %(person)s.")
    COPY_NEWEST = (
        "copy_newest",
        _(
            "It was written to an address of %(person)s. Of %(count)s open applications"
            " this one was written about last."
        ),
    )
    COPY_OF_NOBODY = "copy_of_nobody", _("No candidate is among the recipients of this copy.")
    COPY_OF_MANY = "copy_of_many", _("Several candidates are among the recipients of this copy.")
    ASSIGNED = "assigned", _("%(member)s assigned it.")
    ACCEPTED = "accepted", _("It names a position that takes applications by mail.")
    DETACHED = "detached", _("%(member)s took it out of a conversation.")
    RULE = "rule", _("A rule for mail from %(pattern)s put it away.")
    TOLD = "told", "%(text)s"  # kept as a sentence before there were codes


def explain(why: str, about: Mapping[str, Any]) -> str:
    """Return the sentence of a ``Why`` in the reader's language; empty for none."""
    return str(Why(why).label) % defaultdict(str, about) if why in Why else ""
