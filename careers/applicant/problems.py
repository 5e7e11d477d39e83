"""What the applicant endpoint says, word for word as documented; clients compare the texts."""

from collections.abc import Mapping, Sequence

ACCEPTED = "Applicant successfully applied to the job position."
INVALID = "The given data failed to pass validation."
BAD_FILE = "Unsupported extension or file greater than 20Mb."
NO_POSITION = "Could not find the job position."
ALREADY_APPLIED = "Applicant already applied to this position."
UNAUTHORIZED = "This action is unauthorized."
FILES_NOT_KEPT = "There was a problem while processing attachments. Try again later"
NOT_PUBLISHED = "Job position not published"
BROKEN = "Something went wrong, please try again later!"
AWAY = "Service Unavailable"
TOO_MANY = "Too many applications from this address, please try again later."
NOT_POST = "Send the application with POST."

Errors = Mapping[str, Sequence[str]]


class Problem(Exception):
    """The request ends here with this status and message; ``errors`` tells more for each field.

    ``wait`` are the seconds after which a new attempt makes sense; 0 means it is not for us to say.
    """

    def __init__(
        self, status: int, message: str, errors: Errors | None = None, *, wait: int = 0
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = errors or {}
        self.wait = wait

    @property
    def explanation(self) -> str:
        """The message and what is told of each field, in one line."""
        told = [text for texts in self.errors.values() for text in texts if text != self.message]
        return " ".join([self.message, *told])


def missing(field: str) -> str:
    return f"The {field} field is required."


def unknown(parameter: str) -> str:
    return f"Parameter {parameter} does not exist."
