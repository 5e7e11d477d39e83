"""Text of a mail, made fit to be read: HTML as text, flowed lines joined, quotes told from what is new."""

import html
import re
from dataclasses import dataclass, field

from mailsettings.mime import patience, tokens
from mailsettings.mime.phrases import replies as phrases

MAX_LINE = 300  # characters of a line that the quote scanner looks at
MAX_ATTRIBUTION = 5  # lines that one "On … wrote:" may be spread over
MAX_QUOTE_DEPTH = 10
MAX_SIGNATURE = 30  # lines that a mark such as "--" may stand above; the exact "-- " ends any text

# Marks that turn the direction of writing; they see to it that an address stands in a line of Hebrew.
_UNSEEN = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_SIGNATURE_MARKS = ("--", "—", "__", "–")

_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_SPACED = _HEADINGS | {"p", "ul", "ol", "table", "blockquote", "pre"}
_BLOCKS = _SPACED | {
    "article",
    "body",
    "center",
    "dd",
    "div",
    "dl",
    "dt",
    "footer",
    "form",
    "header",
    "hr",
    "html",
}
_BLOCKS |= {"li", "main", "section", "tbody", "thead", "tr"}
_HREF = re.compile(r"href\s*=\s*[\"']?(https?://[^\"'\s<>]{1,500})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Trimmed:
    """A mail's text, divided: what its writer wrote, and what was quoted or appended below it."""

    new_text: str
    quoted_text: str


@dataclass(slots=True)
class _Page:
    """Lines being written; blank space is collapsed as a browser does, except inside <pre>."""

    lines: list[str] = field(default_factory=list)
    current: list[str] = field(default_factory=list)
    quotes: int = 0
    preformatted: int = 0
    link: str = ""

    def write(self, text: str) -> None:
        if not self.preformatted:
            self.current.append(text)
            return
        first, *rest = text.split("\n")
        self.current.append(first)
        for line in rest:
            self.end_line()
            self.current.append(line)

    def end_line(self) -> None:
        text = "".join(self.current)
        text = text.rstrip() if self.preformatted else " ".join(text.split())
        self.current.clear()
        self.lines.append("> " * min(self.quotes, MAX_QUOTE_DEPTH) + text)

    def start_block(self, *, spaced: bool) -> None:
        if "".join(self.current).strip():
            self.end_line()
        self.current.clear()
        if spaced and self.lines and self.lines[-1].strip("> "):
            self.lines.append("")


def from_html(page: str) -> str:
    """The text of an HTML mail as a person would read it: links with their address, quotes with "> "."""
    out = _Page()
    for token in tokens.scan(page):
        if token.tag:
            _apply_tag(out, token)
        else:
            out.write(_unescape(token.text))
    out.start_block(spaced=False)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in out.lines)).strip("\n")


def _apply_tag(out: _Page, token: tokens.Token) -> None:
    tag, closing = token.tag, token.closing
    if tag == "br":
        out.end_line()
    elif tag in ("td", "th"):
        out.current.append(" ")
    elif tag == "a":
        _apply_link(out, token)
    elif tag in _BLOCKS:
        out.start_block(spaced=tag in _SPACED)
        if tag == "blockquote":
            out.quotes = max(0, out.quotes + (-1 if closing else 1))
        elif tag == "pre":
            out.preformatted = max(0, out.preformatted + (-1 if closing else 1))
        elif tag == "li" and not closing:
            out.current.append("- ")
        elif tag == "hr":
            out.lines.append("_" * 32)


def _apply_link(out: _Page, token: tokens.Token) -> None:
    """Remember where a link leads when it opens; write that behind its text when it closes."""
    if not token.closing:
        match = _HREF.search(token.attributes)
        out.link = html.unescape(match.group(1)) if match else ""
        return
    if out.link and out.link.rstrip("/") not in "".join(out.current[-20:]):
        out.current.append(f" <{out.link}>")
    out.link = ""


def _unescape(text: str) -> str:
    try:
        return html.unescape(text)
    except ValueError:  # a character number of thousands of digits
        return text


def trim_quotes(text: str) -> Trimmed:
    """Tell what is new in a reply from the mails quoted in it, signatures and lines that devices add.

    Every line ends up in exactly one of the two texts, in order; when nothing would be new, everything is.
    The time is linear in the length of the text.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    reply = _Reply([_UNSEEN.sub("", line[:MAX_LINE]).strip() for line in lines])
    reply.cut_history()
    reply.cut_attributions()
    reply.cut_signature(lines)
    reply.cut_tail()
    if not any(shown and kept for shown, kept in zip(reply.lines, reply.kept, strict=True)):
        return Trimmed(text.strip("\n"), "")
    new = (line for line, kept in zip(lines, reply.kept, strict=True) if kept)
    old = (line for line, kept in zip(lines, reply.kept, strict=True) if not kept)
    return Trimmed("\n".join(new).strip("\n"), "\n".join(old).strip("\n"))


class _Reply:
    """The stripped lines of a mail and which of them are kept. Lines inside ``` fences are never cut."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.kept = [True] * len(lines)
        self.end = len(lines)
        self.closing = 0  # the next line that may end an attribution
        fences = [index for index, line in enumerate(lines) if line.startswith("```")]
        self.code = {
            index
            for begin, end in zip(fences[::2], fences[1::2], strict=False)
            for index in range(begin, end + 1)
        }

    def is_quote(self, index: int) -> bool:
        return self.lines[index].startswith(">")

    def is_text(self, index: int) -> bool:
        return bool(self.lines[index]) and not self.is_quote(index)

    def cut(self, begin: int, end: int) -> None:
        self.kept[begin:end] = [False] * (end - begin)

    def next_line(self, index: int) -> int:
        """The first line from `index` on that is not blank; the end when there is none."""
        while index < self.end and not self.lines[index]:
            index += 1
        return index

    def cut_history(self) -> None:
        """Cut from the first "Original Message" or block of mail headers to the end."""
        in_block = False
        for index, line in enumerate(self.lines):
            if index in self.code or not line:
                in_block = False
                continue
            is_header = ":" in line[:40] and phrases.HEADER_LINE.match(line) is not None
            if phrases.ORIGINAL_MESSAGE.match(line) or (
                is_header and not in_block and self.is_header_block(index)
            ):
                begin = index
                while begin and (
                    not self.lines[begin - 1] or phrases.RULE.match(self.lines[begin - 1])
                ):
                    begin -= 1
                self.cut(begin, len(self.lines))
                self.end = begin
                return
            in_block = is_header

    def is_header_block(self, begin: int) -> bool:
        """Whether at least three mail headers, the writer's among them, stand here line by line."""
        block: list[str] = []
        for line in self.lines[begin : begin + 16]:
            if line and (not phrases.HEADER_LINE.match(line) or len(block) == 8):
                break
            block += (
                [line] if line else []
            )  # HTML with a paragraph a line leaves blank ones between
        has_writer = any(phrases.WRITER_LINE.match(line) for line in block)
        return (
            len(block) >= 3
            and has_writer
            and phrases.DATE_OR_ADDRESS.search(" ".join(block)) is not None
        )

    def cut_attributions(self) -> None:
        """Cut each "On … wrote:" with the quote below it, or with all that follows when that is not marked."""
        index = 0
        text_before = False
        while index < self.end:
            if index % 64 == 0:
                patience.check()
            after = (
                0 if index in self.code or not self.is_text(index) else self.attribution_end(index)
            )
            if not after:
                text_before = text_before or self.is_text(index)
                index += 1
                continue
            following = self.next_line(after)
            if following < self.end and self.is_quote(following):
                after = self.quote_end(following)
                interleaved = self.is_interleaved(after)
                self.cut(index, following if interleaved else after)
                if interleaved:
                    return
            else:
                after = self.end if text_before else after
                self.cut(index, after)
            index = after

    def attribution_end(self, begin: int) -> int:
        """The line after the attribution that starts at `begin`, or 0 when none does."""
        if not phrases.ATTRIBUTION_START.match(self.lines[begin]):
            return 0
        last = min(begin + 2 * MAX_ATTRIBUTION, self.end)
        self.closing = max(self.closing, begin)
        while self.closing < self.end and not self.may_close(self.closing):
            self.closing += 1
        if self.closing >= last:
            return 0
        parts, misses = 0, 0
        for index in range(begin, last):
            if not self.lines[index]:  # only the break before "<mailto:…" is part of an attribution
                if index + 1 < self.end and self.lines[index + 1].startswith("<"):
                    continue
                return 0
            parts += 1
            if self.may_close(index):
                joined = " ".join(line for line in self.lines[begin : index + 1] if line)
                if phrases.DATE_OR_ADDRESS.search(joined) and any(
                    kind.match(joined) for kind in phrases.ATTRIBUTIONS
                ):
                    return index + 1
                misses += 1
            if parts == MAX_ATTRIBUTION or misses == 2:
                return 0
        return 0

    def may_close(self, index: int) -> bool:
        """Whether an attribution may end with this line."""
        line = self.lines[index]
        return bool(line) and (
            line[-1] in ":：>-" or phrases.ATTRIBUTION_END.search(line[-60:]) is not None
        )

    def quote_end(self, begin: int) -> int:
        """The line after a quote: its ">" lines, blank lines between them and the rests of wrapped lines."""
        index = end = begin
        while index < self.end:
            if self.is_quote(index):
                index = end = index + 1
            elif not self.lines[index]:
                index += 1
            elif index == end and len(self.lines[index - 1]) > 60 and self.wraps(index):
                index = end = index + 1
            else:
                break
        return end

    def wraps(self, index: int) -> bool:
        """Whether this line is the rest of the quoted line above: short, and followed by more quote."""
        return len(self.lines[index]) < 30 and index + 1 < self.end and self.is_quote(index + 1)

    def is_interleaved(self, begin: int) -> bool:
        """Whether answers stand between quotes after `begin`, so that the quotes are needed to read them."""
        turns = 0  # quote after answer after quote …
        for index in range(begin, self.end):
            if self.lines[index] and self.is_text(index) == (turns % 2 == 0):
                turns += 1
        return turns >= 3

    def cut_signature(self, lines: list[str]) -> None:
        """Cut from the first signature mark that has text above it."""
        text_above = False
        for index in range(self.end):
            if not self.kept[index] or index in self.code:
                continue
            ends_all = lines[index] == "-- " or self.end - index <= MAX_SIGNATURE
            if self.lines[index] in _SIGNATURE_MARKS and text_above and ends_all:
                self.cut(index, self.end)
                return
            text_above = text_above or self.is_text(index)

    def cut_tail(self) -> None:
        """Cut quotes and device lines from the end, as long as text remains above them."""
        index = self.end - 1
        tail = self.end
        while index >= 0:
            line = self.lines[index]
            if self.kept[index] and line:
                if not self.is_quote(index) and not phrases.DEVICE_LINE.match(line):
                    self.cut(tail, self.end)
                    return
                tail = index
            index -= 1
