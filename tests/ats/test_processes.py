"""Programs kept running together: output, restarts and a clean end."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from ats import processes
from ats.processes import Output, Program, Supervisor, birth, end_leftovers
from tests.servers import places

Lines = Callable[[], list[str]]


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(processes, "BACK_OFF", (0.01,))
    return tmp_path / "children"


def shell(name: str, script: str, patience: float = 5) -> Program:
    return Program(name, ("sh", "-c", script), patience)


def supervise(ledger: Path, use: Callable[[Supervisor], Awaitable[None]]) -> None:
    """Run ``use`` with a supervisor and stop everything afterwards."""

    async def run() -> None:
        supervisor = Supervisor(os.environ, Output(["one", "three"], colour=False), ledger)
        try:
            async with asyncio.timeout(20):
                await use(supervisor)
        finally:
            await supervisor.stop()

    asyncio.run(run())


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.01)


def is_gone(pid: int) -> bool:
    """Whether a process has ended; one that nobody has waited for yet counts as ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_each_line_says_who_wrote_it(ledger: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def use(supervisor: Supervisor) -> None:
        assert await supervisor.run_once(shell("one", "echo hello; echo oops >&2; exit 3")) == 3

    supervise(ledger, use)
    assert capsys.readouterr().out.splitlines() == ["one   | hello", "one   | oops"]


def test_program_that_ends_is_started_again(ledger: Path, tmp_path: Path) -> None:
    count = tmp_path / "count"

    async def use(supervisor: Supervisor) -> None:
        await supervisor.start(shell("one", f"echo x >> {count}"))
        await until(lambda: count.exists() and len(count.read_text()) >= 6)

    supervise(ledger, use)


def test_stop_goes_backwards_and_shows_the_last_words(
    ledger: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = "trap 'echo bye; exit' TERM; echo up; while :; do sleep 0.01; done"
    shown: list[str] = []

    async def use(supervisor: Supervisor) -> None:
        for name in ("one", "two", "three"):
            await supervisor.start(shell(name, script))
        while len(shown) < 3:
            shown.extend(capsys.readouterr().out.splitlines())
            await asyncio.sleep(0.01)

    supervise(ledger, use)
    farewells = [line for line in capsys.readouterr().out.splitlines() if "bye" in line]
    assert [line.split()[0] for line in farewells] == ["three", "two", "one"]
    assert ledger.read_text() == ""


def test_stop_takes_grandchildren_along_even_from_the_stubborn(
    ledger: Path, tmp_path: Path
) -> None:
    pids = tmp_path / "pids"
    script = f"trap '' TERM; sleep 600 & echo $! $$ > {pids}; while :; do sleep 1; done"

    async def use(supervisor: Supervisor) -> None:
        await supervisor.start(shell("one", script, patience=0.2))
        await until(lambda: pids.exists() and len(pids.read_text().split()) == 2)

    supervise(ledger, use)
    for pid in pids.read_text().split():  # killed is not dead yet: the kernel takes its moment
        places.wait_until(lambda pid=int(pid): is_gone(pid), "the end of what was killed")  # type: ignore[misc]  # a default binds it


def test_grandchild_that_holds_the_output_open_does_not_hold_up_the_restart(
    ledger: Path, tmp_path: Path
) -> None:
    count = tmp_path / "count"

    async def use(supervisor: Supervisor) -> None:
        await supervisor.start(shell("one", f"sleep 600 & echo x >> {count}"))
        await until(lambda: count.exists() and len(count.read_text()) >= 4)

    supervise(ledger, use)


def test_leftovers_of_a_killed_supervisor_are_ended(ledger: Path) -> None:
    with subprocess.Popen(["sleep", "600"], start_new_session=True) as orphan:
        ledger.write_text(f"{orphan.pid} {birth(orphan.pid)}")
        assert end_leftovers(ledger) == 1
        assert orphan.wait(10) == -signal.SIGKILL
    assert not ledger.exists()


def test_number_that_belongs_to_somebody_else_by_now_is_left_alone(ledger: Path) -> None:
    with subprocess.Popen(["sleep", "600"], start_new_session=True) as stranger:
        ledger.write_text(f"{stranger.pid} 12345\nnonsense\n")
        assert end_leftovers(ledger) == 0
        assert stranger.poll() is None
        stranger.kill()


SUPERVISING = """
import asyncio, os, sys
from pathlib import Path
from ats.processes import Output, Program, Supervisor
async def main():
    supervisor = Supervisor(os.environ, Output(["one"], colour=False), Path(sys.argv[1]))
    await supervisor.start(Program("one", ("sleep", "600")))
    await asyncio.sleep(600)
asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel tells children on Linux only")
def test_children_go_when_the_supervisor_is_killed(ledger: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", SUPERVISING, str(ledger)]) as supervisor:
        places.wait_until(lambda: ledger.exists() and bool(ledger.read_text()), "the child")
        child = int(ledger.read_text().split()[0])
        supervisor.kill()
    places.wait_until(lambda: is_gone(child), "the end of the child")
