"""What each role may do: plain sets, one place, tested as a matrix."""

from enum import StrEnum

from companies.models.memberships import Role


class Can(StrEnum):
    VIEW_POSITIONS = "view_positions"
    EDIT_POSITIONS = "edit_positions"
    VIEW_CANDIDATES = "view_candidates"
    ADD_CANDIDATES = "add_candidates"
    MOVE_APPLICATIONS = "move_applications"
    ADD_NOTES = "add_notes"
    VIEW_MESSAGES = "view_messages"
    WRITE_MESSAGES = "write_messages"
    SORT_MESSAGES = "sort_messages"  # Unassigned messages: create application, assign
    EDIT_TEMPLATES = "edit_templates"
    EDIT_MAIL_SETTINGS = "edit_mail_settings"
    MANAGE_MEMBERS = "manage_members"
    MANAGE_CREDENTIALS = "manage_credentials"
    VIEW_AUDIT = "view_audit"
    USE_ADMIN = "use_admin"
    GRANT_SUPPORT = "grant_support"


VIEWER = frozenset({Can.VIEW_POSITIONS, Can.VIEW_CANDIDATES, Can.VIEW_MESSAGES})
HIRING_MANAGER = VIEWER | {Can.MOVE_APPLICATIONS, Can.ADD_NOTES, Can.WRITE_MESSAGES}
RECRUITER = HIRING_MANAGER | {
    Can.EDIT_POSITIONS,
    Can.ADD_CANDIDATES,
    Can.SORT_MESSAGES,
    Can.EDIT_TEMPLATES,
}
ADMIN = RECRUITER | {
    Can.EDIT_MAIL_SETTINGS,
    Can.MANAGE_MEMBERS,
    Can.MANAGE_CREDENTIALS,
    Can.VIEW_AUDIT,
    Can.USE_ADMIN,
}
OWNER = ADMIN | {Can.GRANT_SUPPORT}

GRANTS: dict[str, frozenset[Can]] = {
    Role.OWNER: OWNER,
    Role.ADMIN: ADMIN,
    Role.RECRUITER: RECRUITER,
    Role.HIRING_MANAGER: HIRING_MANAGER,
    Role.VIEWER: VIEWER,
}
# What concerns the whole company. A member of one subcompany has none of it whatever the role, or they
# could lift the limit from themselves, or let others see what they may not.
OF_WHOLE_COMPANY = frozenset(
    {
        Can.MANAGE_MEMBERS,
        Can.MANAGE_CREDENTIALS,
        Can.VIEW_AUDIT,
        Can.USE_ADMIN,
        Can.GRANT_SUPPORT,
    }
)


class Granted:
    """The capabilities of a role: ``Can.X in granted`` in code, ``granted.x`` in templates.

    ``is_limited`` is said of a member of one subcompany.
    """

    def __init__(self, role: str, *, is_limited: bool = False) -> None:
        withheld = OF_WHOLE_COMPANY if is_limited else frozenset()
        self._set = GRANTS.get(role, frozenset()) - withheld

    def __contains__(self, capability: Can) -> bool:
        return capability in self._set

    def __getattr__(self, name: str) -> bool:
        try:
            return Can(name) in self._set
        except ValueError as error:
            raise AttributeError(name) from error
