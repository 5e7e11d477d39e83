"""Pictures in mail, by what their bytes are rather than by what their sender calls them."""

import struct

_RASTER = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"GIF8": "image/gif",
    b"\xff\xd8\xff": "image/jpeg",
    b"RIFF": "image/webp",
}
# Start of frame: the segments of a JPEG that tell its size (ISO 10918-1, B.1.1.3).
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}


def kind(content: bytes) -> str:
    """The type of a raster image; else nothing."""
    return next((found for start, found in _RASTER.items() if content.startswith(start)), "")


def size(content: bytes) -> tuple[int, int] | None:
    """Width and height in pixels of a PNG, GIF or JPEG, which every mail program shows; else None."""
    found = None
    try:
        match kind(content):
            case "image/png":
                found = struct.unpack(">II", content[16:24])
            case "image/gif":
                found = struct.unpack("<HH", content[6:10])
            case "image/jpeg":
                found = _jpeg(content)
    except struct.error:
        return None
    return (found[0], found[1]) if found and all(found) else None


def _jpeg(content: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 4 <= len(content) and content[at] == 0xFF:
        marker, length = struct.unpack(">BH", content[at + 1 : at + 4])
        if marker in _FRAMES:
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
        at += 2 + length if marker != 0xFF else 1
    return None
