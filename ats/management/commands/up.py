"""``manage.py up``: everything Posthorn consists of, started together and kept running."""

import asyncio
import contextlib
import fcntl
import os
import signal
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from ats import embedded
from ats.demo.tenants import PASSWORD
from ats.embedded import NotReady
from ats.processes import Output, Program, Supervisor, end_leftovers
from ats.sandbox import world
from companies.models import Company, Membership, User
from mailsettings.models import Mailbox

OPERATOR = "operator@posthorn.example"


class Command(BaseCommand):
    help = (
        "Start broker, web server, worker, beat and the mail sandbox together (what make run does)."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address of the web server")

    def handle(self, *_args: Any, **options: Any) -> None:
        run = Path(settings.VAR_DIR) / "run"
        run.mkdir(parents=True, exist_ok=True)
        with only_one(run / "up.lock"):
            end_leftovers(run / "children")
            try:
                asyncio.run(Up(run, host=options["host"], verbose=options["verbosity"] > 1).run())
            except NotReady as reason:
                raise CommandError(str(reason)) from reason


@contextlib.contextmanager
def only_one(lock: Path) -> Iterator[None]:
    """Hold the lock; the kernel lets go of it however we end."""
    with lock.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CommandError("Posthorn is already running from this directory.") from error
        yield


class Up:
    """One run of the whole, from the first check to the last farewell."""

    def __init__(self, run: Path, *, host: str, verbose: bool) -> None:
        self.directory = run
        self.host = host
        self.level = "INFO" if verbose else "WARNING"

    async def run(self) -> None:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await self.check_port()
        last, chosen = await embedded.choose_ports(self.directory / "ports.json")
        programs = self.programs()
        names = ["up", "broker", "migrate", "demo", *(program.name for program in programs)]
        self.output = Output(names, colour=sys.stdout.isatty() and "NO_COLOR" not in os.environ)
        env = embedded.environment(chosen)
        self.supervisor = Supervisor(env, self.output, self.directory / "children")
        starting = asyncio.create_task(self.start(programs, last, chosen))
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait([starting, stopping], return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
                await stopping
        finally:
            starting.cancel()
            stopping.cancel()
            self.say("stopping")
            await self.supervisor.stop()

    async def check_port(self) -> None:
        if not await embedded.is_free(settings.PORT, self.host):
            raise NotReady(
                f"Port {settings.PORT} is taken. Stop what is using it, or choose another one: "
                f"PORT={settings.PORT + 1} make run"
            )

    def programs(self) -> list[Program]:
        """What runs besides the broker, in the order of starting."""
        python, manage = sys.executable, (sys.executable, sys.argv[0])
        web = f"--bind {self.host}:{settings.PORT} --worker-class gthread --threads 8 --timeout 60"
        quiet = f"--graceful-timeout 3 --no-control-socket --log-level {self.level.lower()}"
        # A developer who is root in a container knows it; in production nothing is hidden.
        calm = ("-W", "ignore:You're running the worker with superuser") if settings.DEBUG else ()
        celery = (python, *calm, "-m", "celery", "--quiet", "-A", "ats")
        worker = f"worker --pool threads -c 8 --loglevel {self.level} --without-gossip"
        programs = [
            Program("web", (python, "-m", "gunicorn", *f"{web} {quiet} ats.wsgi".split())),
            Program("worker", (*celery, *worker.split(), "--without-mingle"), patience=10),
            Program("beat", (*celery, "beat", "--loglevel", self.level, "--pidfile=")),
        ]
        if settings.DEBUG:
            programs.insert(1, Program("sandbox", (*manage, "mailsandbox")))
        if settings.INBOUND_SMTP_LISTEN:
            programs.append(Program("inbound", (*manage, "receive_mail")))
        return [*programs, Program("watch", (*manage, "watch_mailboxes"))]

    async def start(
        self, programs: list[Program], last: embedded.Ports, chosen: embedded.Ports
    ) -> None:
        """Bring everything up in order and say where it is."""
        if last != chosen:
            self.say(f"ports taken by others; the mail sandbox is at {chosen.smtp}/{chosen.imap}")
        for schedule in Path(settings.VAR_DIR).glob("beat-schedule*"):
            schedule.unlink()
        if embedded.needs_broker():
            await self.supervisor.start(embedded.broker())
            await embedded.wait_for_broker()
        if await asyncio.to_thread(wants_migrating):
            await self.manage("migrate", "--noinput", "--verbosity", "0")
        if settings.DEBUG:
            await self.prepare_demo(last, chosen)
        else:
            await self.manage("collectstatic", "--noinput", "--verbosity", "0")
        web, *others, watch = programs
        await self.supervisor.start(web)  # first and alone: it is what somebody waits for
        while not await embedded.answers(settings.PORT, "/healthz"):
            await asyncio.sleep(0.2)
        for program in others:
            await self.supervisor.start(program)
        # Last, because who finds no server behind a mailbox waits a while before looking again.
        while settings.DEBUG and await embedded.is_free(chosen.imap):
            await asyncio.sleep(0.2)
        await self.supervisor.start(watch)
        self.say_where(await asyncio.to_thread(demo_logins))

    async def manage(self, command: str, *options: str) -> None:
        """Run a management command as a child of its own; a failure ends the start."""
        program = Program(command, (sys.executable, sys.argv[0], command, *options))
        if await self.supervisor.run_once(program):
            raise NotReady(f"manage.py {command} failed; its lines above say why.")

    async def prepare_demo(self, last: embedded.Ports, chosen: embedded.Ports) -> None:
        unfinished = self.directory / "demo-unfinished"  # by a start that was cut short
        if unfinished.exists() or not await asyncio.to_thread(Company.objects.exists):
            self.say("first start: loading the demo company")
            unfinished.touch()
            await self.manage("demo")
            await asyncio.to_thread(make_operator)
            unfinished.unlink()
        elif last != chosen:
            await asyncio.to_thread(move_mailboxes, last, chosen)

    def say(self, line: str) -> None:
        self.output.write("up", line)

    def say_where(self, logins: list[tuple[str, str]]) -> None:
        """The last lines of a start: where to go and who to be there."""
        address = settings.PUBLIC_URL
        self.say(f"Posthorn runs at {address}  (Ctrl-C stops it)")
        if not settings.DEBUG:
            return
        rows = [
            ("Admin", f"{address}/admin/", ""),
            (
                "World outside",
                f"{address}/sandbox/",
                f"mailboxes of candidates and of Acme, password: {world.PASSWORD}",
            ),
            ("", "", ""),
            *((role, email, PASSWORD) for role, email in logins),
        ]
        for label, first, second in rows:
            self.say(f"  {label:<16}{first:<32}{second}".rstrip())


def demo_logins() -> list[tuple[str, str]]:
    """Role and address of those who still have the demo's password, none where there is no demo."""
    members = Membership.objects.active().filter(company__account="acme").select_related("user")
    logins = [
        (member.get_role_display(), member.user.email)
        for member in members.order_by("pk")
        if member.user.check_password(PASSWORD)
    ]
    operators = User.objects.filter(email=OPERATOR, is_staff=True)
    return logins + [("Operator", user.email) for user in operators]


def wants_migrating() -> bool:
    """Whether the database lacks a migration; asking here is quicker than a process of its own."""
    try:
        executor = MigrationExecutor(connection)
        return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    finally:
        connection.close()


def make_operator() -> None:
    """Give the demo somebody who runs the platform and belongs to no company."""
    if not User.objects.filter(email=OPERATOR).exists():
        User.objects.create_superuser(OPERATOR, PASSWORD, name="Operator")


def move_mailboxes(last: embedded.Ports, chosen: embedded.Ports) -> None:
    """Let mailboxes that stand in the sandbox follow it to its new ports."""
    here = (embedded.LOOPBACK, "localhost")
    Mailbox.objects.filter(smtp_host__in=here, smtp_port=last.smtp).update(smtp_port=chosen.smtp)
    Mailbox.objects.filter(imap_host__in=here, imap_port=last.imap).update(imap_port=chosen.imap)
