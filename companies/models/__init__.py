"""Tables of tenancy, one module per subject."""

from companies.models.audit import AuditDetail, AuditEntry
from companies.models.companies import Company, Subcompany
from companies.models.credentials import ApiCredential, ApiRequest
from companies.models.files import StoredFile
from companies.models.memberships import Membership, Role, SupportAccess
from companies.models.users import User

__all__ = [
    "ApiCredential",
    "ApiRequest",
    "AuditDetail",
    "AuditEntry",
    "Company",
    "Membership",
    "Role",
    "StoredFile",
    "Subcompany",
    "SupportAccess",
    "User",
]
