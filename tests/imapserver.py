"""A small IMAP server on loopback that serves folders of raw mails and can misbehave on demand."""

import base64
import contextlib
import datetime as dt
import io
import re
import select
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

from imapclient.imap_utf7 import decode as decode_utf7

from tests.drip import drip

PATIENCE = 30.0
PIECE = 64 * 1024  # bytes
ARGUMENT = re.compile(r'"((?:[^"\\]|\\.)*)"|(\([^)]*\)|\S+)')
LONG_AGO = dt.datetime(2026, 11, 22, 9, 30, tzinfo=dt.UTC)


@dataclass
class StoredMail:
    raw: bytes
    arrived_at: dt.datetime = LONG_AGO
    flags: set[str] = field(default_factory=set)


@dataclass
class Folder:
    uidvalidity: int = 1
    uidnext: int = 1
    mails: dict[int, StoredMail] = field(default_factory=dict)

    def add(self, raw: bytes, arrived_at: dt.datetime = LONG_AGO) -> int:
        """Store a mail and return its UID."""
        uid, self.uidnext = self.uidnext, self.uidnext + 1
        self.mails[uid] = StoredMail(raw, arrived_at)
        return uid

    def renumber(self) -> None:
        """Do as a server that was restored from a backup: other UIDs under another UIDVALIDITY."""
        self.uidvalidity += 1
        self.mails = dict(enumerate(self.mails.values(), start=1))
        self.uidnext = len(self.mails) + 1


@dataclass
class ImapServer:
    """An IMAP server with folders by name and accounts by login.

    Knobs: ``greeting``; ``capabilities``; ``refuse`` maps a command (``login``, ``uid_fetch``) to
    the answer it gets instead, at ``silent_at`` it gets none and at ``drop_at`` the server hangs
    up; ``drip`` maps a command to the words after which its answer never ends; ``pace`` is the
    seconds between two pieces of a long answer; ``drop_in`` is the UID in whose text it hangs up,
    ``unreadable`` the UIDs it answers NO for, ``sizes`` what it wrongly says about sizes.
    ``special`` gives a folder a purpose, such as ``\\Sent``. ``asks`` makes it ask for the login again
    and again. ``commands`` is what it was told, one line each.
    """

    accounts: dict[str, str] = field(default_factory=lambda: {"anna": "secret"})
    folders: dict[str, Folder] = field(default_factory=lambda: {"INBOX": Folder()})
    tls: ssl.SSLContext | None = None
    implicit_tls: bool = False
    greeting: str = "* OK ready"
    capabilities: str = "IMAP4rev1 AUTH=PLAIN"
    refuse: dict[str, str] = field(default_factory=dict)
    drop_in: int = 0
    silent_at: str = ""
    drop_at: str = ""
    drip: dict[str, str] = field(default_factory=dict)
    pace: float = 0
    asks: int = 1
    unreadable: set[int] = field(default_factory=set)
    sizes: dict[int, int] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)
    port: int = 0
    special: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._open: set[socket.socket] = set()

    def start(self) -> "ImapServer":
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()
        return self

    def stop(self) -> None:
        # close() alone does not wake a thread that waits in accept() or recv().
        for connection in [self._listener, *self._open]:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(PATIENCE)
        self._listener.close()

    def told(self, command: str) -> list[str]:
        """Return the lines the server heard that begin with ``command``."""
        return [line for line in self.commands if line.upper().startswith(command.upper())]

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._open.add(connection)
                thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _serve(self, connection: socket.socket) -> None:
        session = _Session(self, connection)
        with contextlib.suppress(OSError, _HangUp):
            session.run()
        self._open.discard(session.connection)
        session.close()


class _HangUp(Exception):
    """The server ends the connection."""


class _Session:
    """One connection: reads commands, answers as the knobs stand."""

    def __init__(self, server: ImapServer, connection: socket.socket) -> None:
        self.server = server
        self.connection = connection
        self.account: str | None = None
        self.folder = Folder()
        self.lines: IO[bytes] = io.BytesIO()

    def run(self) -> None:
        if self.server.implicit_tls:
            self._wrap()
        self.lines = self.connection.makefile("rb")
        self._say(self.server.greeting)
        while line := self.lines.readline():
            tag, _, command = line.decode().rstrip("\r\n").partition(" ")
            self.server.commands.append(command)
            words = [
                re.sub(r"\\(.)", r"\1", quoted) or atom
                for quoted, atom in ARGUMENT.findall(command)
            ]
            name = words.pop(0).lower()
            if name == "uid":
                name = "uid_" + words.pop(0).lower()
            if name == self.server.silent_at:
                continue
            if name == self.server.drop_at:
                raise _HangUp
            if name in self.server.drip:
                self.connection.sendall(self.server.drip[name].encode())
                drip(self.connection)
                raise _HangUp
            refusal = self.server.refuse.get(name)
            done = refusal or getattr(self, f"do_{name}")(*words)
            self._say(f"{tag} {done or 'OK done'}")
            if name == "starttls" and not refusal:
                self._wrap()
                self.lines = self.connection.makefile("rb")

    def close(self) -> None:
        self.lines.close()
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
        self.connection.close()

    def do_capability(self) -> None:
        self._say(f"* CAPABILITY {self.server.capabilities}")

    def do_noop(self) -> None:
        """Nothing to do."""

    def do_starttls(self) -> None:
        """``run`` changes over once the answer is out."""

    def do_logout(self) -> None:
        self._say("* BYE see you")

    def do_login(self, account: str, password: str) -> str | None:
        return self._check_login(account, password)

    def do_authenticate(self, mechanism: str) -> str | None:
        for _ in range(self.server.asks):
            self._say("+ ")
            answer = self.lines.readline()
            time.sleep(self.server.pace)
        words = base64.b64decode(answer).decode()
        if mechanism.upper() == "XOAUTH2":
            user, bearer, *_ = words.split("\1")
            return self._check_login(user[len("user=") :], bearer[len("auth=Bearer ") :])
        _, account, password = words.split("\0")
        return self._check_login(account, password)

    def do_select(self, name: str) -> str | None:
        folder = self.server.folders.get(decode_utf7(name.encode()))
        if folder is None:
            return "NO [NONEXISTENT] no such folder"
        self.folder = folder
        self._say(f"* {len(folder.mails)} EXISTS")
        self._say("* FLAGS (\\Seen)")
        self._say(f"* OK [UIDVALIDITY {folder.uidvalidity}] .")
        self._say(f"* OK [UIDNEXT {folder.uidnext}] .")
        return None

    def do_examine(self, name: str) -> str:
        return self.do_select(name) or "OK [READ-ONLY] done"

    def do_list(self, _reference: str, _pattern: str) -> None:
        for name in self.server.folders:
            use = self.server.special.get(name, "\\HasNoChildren")
            self._say(f'* LIST ({use}) "/" "{name}"')

    def do_status(self, name: str, _items: str) -> None:
        folder = self.server.folders[decode_utf7(name.encode())]
        counts = f"MESSAGES {len(folder.mails)} UIDNEXT {folder.uidnext}"
        self._say(f'* STATUS "{name}" ({counts} UIDVALIDITY {folder.uidvalidity})')

    def do_uid_search(self, *criteria: str) -> None:
        found = list(self.folder.mails)
        if criteria[0] == "UID":
            found = list(self._select(criteria[1]))
        elif criteria[0] == "HEADER":
            sought = f"{criteria[1]}: {criteria[2]}".lower().encode()
            found = [uid for uid, mail in self.folder.mails.items() if sought in mail.raw.lower()]
        elif criteria[0] == "SUBJECT":
            line = re.compile(rb"(?im)^subject:.*" + re.escape(criteria[1].encode()))
            found = [uid for uid, mail in self.folder.mails.items() if line.search(mail.raw)]
        elif criteria[0] == "SINCE":
            day = dt.datetime.strptime(criteria[1], "%d-%b-%Y").replace(tzinfo=dt.UTC)
            found = [uid for uid, mail in self.folder.mails.items() if mail.arrived_at >= day]
        self._say("* SEARCH " + " ".join(map(str, found)))

    def do_uid_fetch(self, uids: str, items: str) -> str | None:
        for uid in self._select(uids):
            if "BODY" in items and uid in self.server.unreadable:
                return "NO this mail cannot be converted"
            self._describe(uid, items)
        return None

    def do_idle(self) -> None:
        """Tell of new mails until the client says DONE."""
        self._say("+ idling")
        known = len(self.folder.mails)
        while not select.select([self.connection], [], [], 0.02)[0]:
            if len(self.folder.mails) > known:
                known = len(self.folder.mails)
                self._say(f"* {known} EXISTS")
        self.server.commands.append(self.lines.readline().decode().strip())

    def do_append(self, name: str, flags: str, literal: str) -> str | None:
        self._say("+ go on")
        raw = self.lines.read(int(literal.strip("{}")))
        self.lines.readline()
        folder = self.server.folders.get(decode_utf7(name.encode()))
        if folder is None:
            return "NO [TRYCREATE] no such folder"
        folder.mails[folder.add(raw)].flags |= set(flags.strip("()").split())
        return None

    def _describe(self, uid: int, items: str) -> None:
        mail = self.folder.mails[uid]
        size = self.server.sizes.get(uid, len(mail.raw))
        date = mail.arrived_at.strftime("%d-%b-%Y %H:%M:%S %z")
        answer = f'UID {uid} RFC822.SIZE {size} INTERNALDATE "{date}"'.encode()
        if "BODY" in items:
            text, name = mail.raw, b"BODY[]"
            if "HEADER" in items:
                text, name = text.partition(b"\r\n\r\n")[0] + b"\r\n\r\n", b"BODY[HEADER]"
            if "PEEK" not in items:
                mail.flags.add("\\Seen")
            answer += b" %s {%d}\r\n%s" % (name, len(text), text)
        sequence = list(self.folder.mails).index(uid) + 1
        if uid == self.server.drop_in and "BODY" in items and "HEADER" not in items:
            self.connection.sendall(b"* %d FETCH (" % sequence + answer[: len(answer) // 2])
            raise _HangUp
        self._say(b"* %d FETCH (%s)" % (sequence, answer))

    def _select(self, uids: str) -> Iterator[int]:
        """Yield the UIDs of a set; as in real servers ``n:*`` always includes the last one."""
        last = max(self.folder.mails, default=0)
        for part in uids.split(","):
            first, _, end = part.partition(":")
            bounds = sorted((int(first), last if end == "*" else int(end or first)))
            yield from (uid for uid in self.folder.mails if bounds[0] <= uid <= bounds[1])

    def _check_login(self, account: str, password: str) -> str | None:
        if self.server.accounts.get(account) != password:
            return "NO [AUTHENTICATIONFAILED] wrong account or password"
        self.account = account
        return None

    def _say(self, line: str | bytes) -> None:
        whole = (line.encode() if isinstance(line, str) else line) + b"\r\n"
        for start in range(0, len(whole), PIECE):
            time.sleep(self.server.pace if start else 0)
            self.connection.sendall(whole[start : start + PIECE])

    def _wrap(self) -> None:
        assert self.server.tls is not None
        self.server._open.discard(self.connection)
        self.connection = self.server.tls.wrap_socket(self.connection, server_side=True)
        self.server._open.add(self.connection)
