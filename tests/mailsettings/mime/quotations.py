"""What mail programs of many languages write above the mail that is answered, by program."""

import json

from tests.mailsettings.mime.samples import FOLDER

HEADS: dict[str, str] = json.loads((FOLDER / "quotations.json").read_text())
