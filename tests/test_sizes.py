"""Nothing grows so long that it cannot be read in one sitting."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDERS = ["ats", "careers", "companies", "mailsettings", "recruiting", "tests"]
MAX_FILE = 400  # lines
MAX_FUNCTION = 50


def sources() -> Iterator[Path]:
    for folder in FOLDERS:
        yield from (
            file for file in (ROOT / folder).rglob("*.py") if "migrations" not in file.parts
        )


def test_files_are_short() -> None:
    lengths = {file: len(file.read_text().splitlines()) for file in sources()}
    assert lengths
    assert {str(file): n for file, n in lengths.items() if n > MAX_FILE} == {}


def test_functions_are_short() -> None:
    long = [
        f"{file.relative_to(ROOT)}:{node.lineno} {node.name}"
        for file in sources()
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= MAX_FUNCTION
    ]
    assert long == []
