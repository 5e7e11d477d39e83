"""Notices of mail servers and absent people that no standard describes, and mails of people that look like them."""

import json
from typing import NamedTuple

from tests.mailsettings.mime.samples import FOLDER

OURS = "<k3j4h5kj3h4k5jh3k4jh.0123456789abcdef01234567@recruiting.posthorn.example>"


class Notice(NamedTuple):
    """``path`` holds the header lines that say who wrote it; ``kind`` is what it is."""

    sender: str
    subject: str
    text: str
    path: str
    kind: str
    failed: str = ""
    is_permanent: bool | None = None

    def raw(self) -> bytes:
        head = (
            f"{self.path}\nFrom: {self.sender}\nTo: jobs@kunde.example\nSubject: {self.subject}\n"
        )
        head += "Date: Tue, 3 Mar 2026 10:16:00 +0100\nMessage-ID: <notice@srv.example>\n"
        plain = "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n"
        return (head + plain + self.text).replace("\n", "\r\n").encode()


NOTICES = {
    name: Notice(**notice)
    for name, notice in json.loads((FOLDER / "notices.json").read_text()).items()
}
