"""``manage.py`` runs with the settings of the servers beside it, also when they stand in a file."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("file", "debug"), [("SECRET_KEY=x\n", ""), ("PORT=8001\n", "1")])
def test_a_secret_key_in_the_file_makes_it_a_server(tmp_path: Path, file: str, debug: str) -> None:
    shutil.copy(ROOT / "manage.py", tmp_path)
    (tmp_path / ".env").write_text(file)
    (tmp_path / "shown.py").write_text("import os\nraise SystemExit(os.environ.get('DEBUG'))\n")
    clean = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "shown"}
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=tmp_path,
        env=clean,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr.strip() == debug
