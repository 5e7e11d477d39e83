"""An IMAP server with a folder for each round, full of mails as candidates write them."""

import random
from email.message import EmailMessage

from tests.bench.measure import ROUNDS
from tests.imapserver import Folder, ImapServer

MAILS = 200
WORDS = ["application", "interview", "Straße", "Grüße", "attached", "regards", "Zürich", "question"]


def start() -> ImapServer:
    folders = {name_of(number): _fill(number) for number in range(ROUNDS)}
    return ImapServer(folders=folders).start()


def name_of(number: int) -> str:
    return f"Round {number}"


def _fill(number: int) -> Folder:
    folder = Folder()
    rng = random.Random(number)
    for position in range(MAILS):
        folder.add(_write(rng, f"{number}.{position}").replace(b"\n", b"\r\n"))
    return folder


def _write(rng: random.Random, name: str) -> bytes:
    """Seven in ten are text with HTML, two carry a CV of 200 KB, one carries 2 MB; six in ten are replies."""
    mail = EmailMessage()
    mail["From"] = f"Person {name} <person{name}@mail.example>"
    mail["To"] = "Acme Jobs <jobs@acme.example>"
    mail["Date"] = "Mon, 02 Nov 2026 10:00:00 +0100"
    mail["Subject"] = f"Bewerbung für {name}"
    mail["Message-ID"] = f"<{name}@mail.example>"
    text = "\n\n".join(" ".join(rng.choices(WORDS, k=60)) + "." for _ in range(4))
    if rng.random() < 0.6:
        mail["References"] = f"<out.{name}@acme.example>"
        text += "\n\nOn Thu, Acme Jobs wrote:\n" + "> a line of the mail it answers\n" * 8
    mail.set_content(text)
    mail.add_alternative(f"<p>{text.replace(chr(10), '<br>')}</p>", subtype="html")
    kind = rng.random()
    if kind > 0.7:
        size = 2_000_000 if kind > 0.9 else 200_000
        content = b"%PDF-1.4\n" + rng.randbytes(size)
        mail.add_attachment(content, maintype="application", subtype="pdf", filename=f"{name}.pdf")
    return mail.as_bytes()
