"""smtplib's protocol over a guarded socket, with bounds on what a server may say and how long."""

import base64
import dataclasses
import io
import smtplib
import socket
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mailsettings.wire import net
from mailsettings.wire.incoming import Incoming
from mailsettings.wire.net import Encryption, Networks
from mailsettings.wire.smtp_verdicts import ENHANCED_STATUS, Verdict, judge

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

MAX_REPLY = 1000  # characters of a server's reply that are worth keeping
MAX_REPLY_LINES = 200
MAX_REPLY_LINE = 8192  # bytes


@dataclasses.dataclass(frozen=True)
class Server:
    """Where to hand mails in. Without ``account`` nobody logs in.

    ``by_token``: the password is an OAuth 2.0 access token, for XOAUTH2.
    """

    host: str
    port: int
    encryption: Encryption
    account: str = ""
    password: str = dataclasses.field(default="", repr=False)
    by_token: bool = False


@dataclasses.dataclass(frozen=True)
class Reply:
    """One reply of the server: three digits, and its text in one line."""

    code: int
    text: str

    @property
    def enhanced(self) -> str:
        """The enhanced status code, such as ``5.1.1``, or nothing."""
        match = ENHANCED_STATUS.match(self.text)
        return match[1] if match else ""

    @property
    def is_positive(self) -> bool:
        return 200 <= self.code <= 299

    @property
    def verdict(self) -> Verdict:
        """What a negative reply means for the mail."""
        return judge(self.code, self.text)

    @property
    def is_permanent(self) -> bool:
        """Whether it refuses for good: not what passes although the server said 5xx."""
        return self.verdict is Verdict.NEVER

    def __str__(self) -> str:
        return f"{self.code} {self.text}".strip()


class Connection(smtplib.SMTP):
    """smtplib's protocol over a socket that ``net`` has checked.

    A reply must be complete within ``timeout`` seconds, however many bytes of it come in time.
    Nothing waits beyond ``until`` (of ``time.monotonic``), which the owner may set anew.
    """

    timeout: float
    command_encoding: str

    def __init__(
        self,
        server: Server,
        *,
        timeout: float,
        ehlo_name: str,
        allowed_networks: Networks | None,
        until: float,
    ) -> None:
        self.until = until
        self.reply_due = until
        self.server = server
        self.allowed_networks = allowed_networks
        # With a name given smtplib does not look our own name up in the DNS.
        super().__init__(local_hostname=ehlo_name, timeout=timeout)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        """Called by ``connect``."""
        self._expect_answer()
        plain = net.connect(
            host,
            port,
            timeout=min(timeout, self.seconds_left()),
            allowed_networks=self.allowed_networks,
        )
        if self.server.encryption is Encryption.SSL:
            return net.start_tls(plain, host)
        return plain

    @property
    def socket(self) -> socket.socket:
        """The open socket; raises OSError once the connection is gone."""
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("The connection is closed.")
        return self.sock

    def secure(self) -> None:
        """Continue under TLS and forget, as RFC 3207 demands, all that was said in clear."""
        self._expect_answer()
        self.socket.settimeout(self.seconds_left())
        self.sock = net.start_tls(self.socket, self.server.host)
        self.file = None
        self.ehlo_resp = self.helo_resp = None
        self.esmtp_features = {}
        self.does_esmtp = False

    def getreply(self) -> tuple[int, bytes]:
        """Read a reply; smtplib's own reads on for as long as a server cares to send lines."""
        self._expect_answer()
        lines = []
        for _ in range(MAX_REPLY_LINES):
            line = self._read_line()
            lines.append(line[4:].strip())
            if not line[:3].isdigit():
                return -1, line.strip()
            if line[3:4] != b"-":
                return int(line[:3]), b"\n".join(lines)
        self.close()
        raise smtplib.SMTPServerDisconnected("The reply does not end.")

    def send(self, data: "ReadableBuffer | str") -> None:
        """Send within ``timeout``, else close: the server must not take a next command for data."""
        self._expect_answer()
        try:
            self.socket.settimeout(self.seconds_left())
        except TimeoutError:
            self.close()
            raise
        super().send(data)

    def seconds_left(self) -> float:
        """Return how long the next read or write may take, above 0; raise TimeoutError."""
        left = min(self.reply_due, self.until) - time.monotonic()
        if left <= 0:
            raise TimeoutError("The time for this reply is over.")
        return left

    def _expect_answer(self) -> None:
        self.reply_due = time.monotonic() + self.timeout

    def _read_line(self) -> bytes:
        self.file = self.file or io.BufferedReader(Incoming(self.socket, self.seconds_left))
        try:
            line: bytes = self.file.readline(MAX_REPLY_LINE + 1)
        except OSError:
            self.close()
            raise
        if not line.endswith(b"\n") or len(line) > MAX_REPLY_LINE:
            self.close()
            raise smtplib.SMTPServerDisconnected("The connection was closed within a reply.")
        return line

    def ask(self, command: str, argument: str = "") -> Reply:
        """Send one command and return its reply; raise OSError when the connection is gone."""
        return self.make_reply(*self.docmd(command, argument))

    def ask_all(self, commands: Sequence[str]) -> list[Reply]:
        """Send commands in one write and return the reply to each; raise OSError as ``ask`` does.

        A server that ends the connection with 421 says no more: its word stands for the rest.
        """
        lines = "".join(f"{command}\r\n" for command in commands)
        self.send(lines.encode(self.command_encoding))
        replies: list[Reply] = []
        for _ in commands:
            ended = bool(replies) and replies[-1].code == 421
            replies.append(replies[-1] if ended else self.make_reply(*self.getreply()))
        return replies

    def make_reply(self, code: int, text: bytes) -> Reply:
        """Return a reply in one line, without the password should the server have echoed it."""
        line = " ".join(text.decode("utf-8", "replace").split())
        for secret in filter(None, (self.server.password, encode(self.server.password))):
            line = line.replace(secret, "••••")
        return Reply(code, line[:MAX_REPLY])


def encode(text: str) -> str:
    """SASL is UTF-8 in Base64, which smtplib's own login, being ASCII, does not do."""
    return base64.b64encode(text.encode()).decode()
