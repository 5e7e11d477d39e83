"""Paragraphs in plain text whose lines any screen may break anew: format=flowed (RFC 3676)."""

import re

WIDTH = 72  # characters of a line, quote marks not counted; a longer word has a line for itself
SIGNATURE = "-- "

_QUOTES = re.compile(r"(?:> ?)*")
_WORDS = re.compile(r" *[^ ]+ *| +")


def flow(text: str) -> str:
    """Break long lines softly, after a space; ``unflow`` gives the ``tidy`` text back. DelSp is no."""
    return "\n".join(line for row in text.split("\n") for line in _flow_line(row))


def tidy(text: str) -> str:
    """The text as flowed lines can tell it: no spaces at line ends, quote marks side by side."""
    return "\n".join(_mark(*_divide(row)) for row in text.split("\n"))


def unflow(text: str, *, delete_space: bool) -> str:
    """Join the soft line breaks of format=flowed."""
    joined: list[str] = []
    level, open_line = 0, False
    for line in text.split("\n"):
        content = line.lstrip(">")
        depth = len(line) - len(content)
        content = content.removeprefix(" ")
        if open_line and depth == level and content != SIGNATURE:
            joined.append(content)
        else:
            joined.append(("\n" if joined else "") + _mark(depth, content))
        open_line = content.endswith(" ") and content != SIGNATURE
        if open_line and delete_space:
            joined[-1] = joined[-1][:-1]
        level = depth
    return "".join(joined)


def _mark(depth: int, content: str) -> str:
    return ">" * depth + (" " if depth and content else "") + content


def _divide(row: str) -> tuple[int, str]:
    """How deep a line is quoted, and what it says."""
    marks = _QUOTES.match(row)
    quoted = marks.group() if marks else ""
    content = row[len(quoted) :]
    return quoted.count(">"), content if content == SIGNATURE else content.rstrip(" ")


def _flow_line(row: str) -> list[str]:
    depth, content = _divide(row)
    if content == SIGNATURE:
        return [_stuff(depth, content)]
    lines = [""]
    for word in _WORDS.findall(content):
        # a line that says no more than "-- " would begin a signature
        if len(lines[-1]) + len(word.rstrip(" ")) > WIDTH and lines[-1] not in ("", SIGNATURE):
            lines.append("")
        lines[-1] += word
    return [_stuff(depth, line) for line in lines]


def _stuff(depth: int, line: str) -> str:
    """Put a space before what a reader would take for a mark, and behind every quote mark (4.4)."""
    is_mistaken = depth == 0 and line.startswith((" ", ">", "From "))
    return ">" * depth + (" " if (depth and line) or is_mistaken else "") + line
