"""The rules of conftest.py hold: tests stay on this machine, and skips can be forbidden."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests import conftest

ROOT = Path(__file__).parent.parent


def test_connection_to_another_machine_is_refused_and_remembered() -> None:
    with socket.socket() as connection, pytest.raises(PermissionError, match="this machine only"):
        connection.connect(("192.0.2.1", 25))
    assert conftest.departures == ["('192.0.2.1', 25)"]
    conftest.departures.clear()


@pytest.mark.parametrize(
    ("address", "is_here"),
    [
        (("127.0.0.1", 25), True),
        (("::1", 25, 0, 0), True),
        (("::ffff:127.0.0.1", 25), True),
        (("localhost", 25), True),
        ("/tmp/broker.sock", True),
        (("10.0.0.1", 25), False),
        (("mail.example.com", 25), False),
    ],
)
def test_loopback_and_unix_sockets_are_this_machine(address: object, is_here: bool) -> None:
    assert conftest._is_here(address) is is_here


def test_skip_is_a_failure_where_skips_are_forbidden(tmp_path: Path) -> None:
    module = tmp_path / "test_skipping.py"
    module.write_text("import pytest\n\ndef test_it() -> None:\n    pytest.skip('no server')\n")
    command = [sys.executable, "-m", "pytest", "--ds=tests.settings", "-p", "tests.conftest"]
    run = subprocess.run(
        [*command, "-c", os.devnull, f"--rootdir={tmp_path}", str(module)],
        cwd=ROOT,
        env={**os.environ, "FORBID_SKIPS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 failed" in run.stdout
    assert "no server" in run.stdout
