"""The fonts of the packaged browser: its own, and out of packages those for Arabic and for signs."""

import struct
import zlib
from pathlib import Path
from typing import Final

ADDED: Final = (
    "noto-sans-arabic/files/noto-sans-arabic-arabic-400-normal.woff",
    "noto-sans-arabic/files/noto-sans-arabic-arabic-700-normal.woff",
    "noto-sans-symbols-2/files/noto-sans-symbols-2-symbols-400-normal.woff",
)
CONFIGURATION: Final = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{fonts}</dir>
  <cachedir>{fonts}/cache</cachedir>
</fontconfig>
"""


def configuration(packages: Path, fonts: Path) -> Path:
    """Put the fonts of packages beside those of the browser, and return the configuration that names them all."""
    for name in ADDED:
        woff = packages / "@fontsource" / name
        (fonts / f"{woff.stem}.ttf").write_bytes(unpacked(woff.read_bytes()))
    file = fonts / "fonts.conf"
    file.write_text(CONFIGURATION.format(fonts=fonts))
    return file


def unpacked(woff: bytes) -> bytes:
    """Return the font in a WOFF file (W3C, WOFF 1.0): fontconfig reads no other kind than the font itself."""
    flavour, number = struct.unpack_from(">4xI4xH", woff)
    entries = [struct.unpack_from(">4sIIII", woff, 44 + 20 * each) for each in range(number)]
    power = 1 << (number.bit_length() - 1)
    head = struct.pack(">IHHHH", flavour, number, 16 * power, power.bit_length() - 1, 16 * (number - power))
    listed, tables = b"", b""
    for tag, start, packed_size, size, checksum in entries:
        listed += struct.pack(">4sIII", tag, checksum, 12 + 16 * number + len(tables), size)
        packed = woff[start : start + packed_size]
        table = packed if packed_size == size else zlib.decompress(packed)
        tables += table + b"\0" * (-size % 4)
    return head + listed + tables
