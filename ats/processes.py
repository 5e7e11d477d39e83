"""Keeping several programs running together: prefixed output, restarts, and an orderly end.

Each program leads a process group of its own, so that its end takes its children along, and is told
by the kernel (on Linux) when this process dies. A list of the groups is kept on disk: where nothing
else helped, the next start ends what the last one left running.
"""

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

COLOURS = (36, 33, 32, 35, 34, 96, 93)
LONGEST_LINE = 1024 * 1024
BACK_OFF = (1, 2, 5, 10, 30)  # seconds before each further restart
STEADY = 30  # seconds of running after which a program counts as healthy again
LAST_WORDS = 1  # seconds to read what an ended program has written
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Program:
    """A command to keep running; ``patience`` is how many seconds it gets to end when asked to."""

    name: str
    command: tuple[str, ...]
    patience: float = 4


class Output:
    """Lines of all programs on one stream, each with the name of who wrote it."""

    def __init__(self, names: Sequence[str], *, colour: bool) -> None:
        self.width = max(map(len, names))
        self.colours = {name: COLOURS[i % len(COLOURS)] for i, name in enumerate(names)}
        self.colour = colour

    def write(self, name: str, line: str) -> None:
        label = f"{name:<{self.width}} |"
        if self.colour:
            label = f"\x1b[{self.colours.get(name, 37)}m{label}\x1b[0m"
        sys.stdout.write(f"{label} {line}\n")
        sys.stdout.flush()


class Supervisor:
    """Runs programs until told to stop; ``start`` in the order of need, ``stop`` goes backwards."""

    def __init__(self, env: Mapping[str, str], output: Output, ledger: Path) -> None:
        self.env = dict(env)
        self.output = output
        self.ledger = ledger
        self.running: dict[Program, tuple[asyncio.subprocess.Process, asyncio.Task[None]]] = {}
        self.keepers: dict[Program, asyncio.Task[None]] = {}

    async def start(self, program: Program) -> None:
        """Start a program and keep it running from now on."""
        await self._spawn(program)
        self.keepers[program] = asyncio.create_task(self._keep(program))

    async def run_once(self, program: Program) -> int:
        """Run a program to its end and return its exit code."""
        await self._spawn(program)
        return await self._follow(program)

    async def stop(self) -> None:
        """End every program, the last one started first; what does not go is killed."""
        for keeper in self.keepers.values():
            keeper.cancel()
        for program in [*self.running][::-1]:
            await self._end(program)
        await asyncio.gather(*self.keepers.values(), return_exceptions=True)
        self.keepers.clear()

    async def _keep(self, program: Program) -> None:
        failures = 0
        while True:
            started = time.monotonic()
            code = await self._follow(program)
            failures = 0 if time.monotonic() - started > STEADY else failures
            pause = BACK_OFF[min(failures, len(BACK_OFF) - 1)]
            self.output.write(program.name, f"ended with code {code}; starts again in {pause} s")
            await asyncio.sleep(pause)
            failures += 1
            await self._spawn(program)

    async def _spawn(self, program: Program) -> None:
        # A pipe of our own: asyncio's would make waiting for the program last until every
        # grandchild that holds the other end has gone.
        output, end = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *program.command,
                env=self.env,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=end,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_parting_signal(),
            )
        finally:
            os.close(end)
        pump = asyncio.create_task(self._pump(program.name, output))
        self.running[program] = process, pump
        self._write_ledger()

    async def _pump(self, name: str, output: int) -> None:
        """Write what comes out of a pipe line by line until it is closed or this is cancelled."""
        lines = asyncio.StreamReader(limit=LONGEST_LINE)
        transport, _protocol = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(lines), os.fdopen(output, "rb")
        )
        try:
            while not lines.at_eof():
                with contextlib.suppress(ValueError):  # a line over LONGEST_LINE, which is dropped
                    if line := await lines.readline():
                        self.output.write(name, line.decode(errors="replace").rstrip())
        finally:
            transport.close()

    async def _follow(self, program: Program) -> int:
        """Wait for a program's own end, take its children along, and return its exit code."""
        process, pump = self.running[program]
        code = await process.wait()
        kill_group(process.pid)
        _, unfinished = await asyncio.wait([pump], timeout=LAST_WORDS)
        for reading in unfinished:  # somebody in another group still holds the pipe
            reading.cancel()
        del self.running[program]
        self._write_ledger()
        return code

    async def _end(self, program: Program) -> None:
        process, _ = self.running[program]
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), program.patience)
        kill_group(process.pid)
        await self._follow(program)

    def _write_ledger(self) -> None:
        pids = [process.pid for process, _ in self.running.values()]
        self.ledger.write_text("\n".join(f"{pid} {birth(pid)}" for pid in pids))


def end_leftovers(ledger: Path) -> int:
    """Kill the process groups that a killed supervisor left running; return how many there were."""
    if not ledger.exists():
        return 0
    ended = 0
    for line in ledger.read_text().splitlines():
        pid, _, born = line.partition(" ")
        if pid.isdigit() and born and birth(int(pid)) == born:
            kill_group(int(pid))
            ended += 1
    ledger.unlink()
    return ended


def birth(pid: int) -> str:
    """When a process started, in clock ticks since boot; "" for none, and where /proc is missing.

    With it a number that the system has given to somebody else since is not taken for ours.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[19]


def kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _parting_signal() -> Callable[[], None] | None:
    """What a child runs before its program: ask the kernel for SIGTERM when we are gone."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)

    def ask() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)

    return ask
