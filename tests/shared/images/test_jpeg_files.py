"""A decoder of JPEG reads only files that were rewritten here, from the parts that an image is made of."""

import struct
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from shared.images.jpeg_files import MAX_SCANS, is_plain, read_jpeg, rewrite_jpeg
from shared.images.photograph_files import read_photograph
from shared.images.refusals import ImageRefused
from tests.extent import by_extent
from tests.shared.images.files import SECRET, drawn, mutants, opened, saved, with_metadata

ROOT = Path(__file__).parents[3]
JPEG = saved(drawn())
QUANTIZATION, CODES, FRAME, SCAN = (bytes((0xFF, low)) for low in (0xDB, 0xC4, 0xC0, 0xDA))
MUTANTS = by_extent(1500, 10_000)

DECODER = """
import io, resource, sys
import numpy as np
from PIL import Image

resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
decoded = 0
while head := sys.stdin.buffer.read(4):
    try:
        with Image.open(io.BytesIO(sys.stdin.buffer.read(int.from_bytes(head))), formats=("JPEG",)) as image:
            assert max(np.asarray(image).shape) <= 6000
    except (OSError, ValueError, SyntaxError):
        pass
    decoded += 1
print(decoded)
"""


def part(marker: bytes) -> bytes:
    """Return the first segment with a marker."""
    start = JPEG.index(marker)
    return JPEG[start : start + 2 + struct.unpack_from(">H", JPEG, start + 2)[0]]


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize(
    "options",
    [{}, {"progressive": True}, {"subsampling": 0}, {"restart_marker_rows": 1}, {"quality": 5}, {"optimize": True}],
    ids=str,
)
def test_a_rewritten_jpeg_file_is_the_same_image(mode: str, options: dict[str, object]) -> None:
    """To the last pixel, in all forms that programs write."""
    file = saved(drawn(mode, 123, 77), **options)
    fresh = rewrite_jpeg(read_jpeg(file))
    assert np.array_equal(np.asarray(opened(fresh)), np.asarray(opened(file)))
    assert rewrite_jpeg(read_jpeg(fresh)) == fresh


def test_nothing_but_the_image_is_rewritten() -> None:
    """No profile, comment, Exif or other application's data, nor what follows the end."""
    file = with_metadata("JPEG")
    assert file.count(SECRET) >= 5
    fresh = rewrite_jpeg(read_jpeg(file))
    assert SECRET not in fresh
    assert [name for name in (b"Exif", b"ICC", b"PK", b"xmp") if name in fresh] == []
    assert (is_plain(file, 300, 200), is_plain(fresh, 300, 200)) == (False, True)
    assert not is_plain(fresh + b"x", 300, 200)
    assert not is_plain(fresh, 200, 300)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (FRAME, b"\xff\xc3", "FFC3"),
        (FRAME, b"\xff\xc9", "FFC9"),
        (part(FRAME), part(FRAME) * 2, "without one frame"),
        (part(FRAME), b"", "without one frame"),
        (part(FRAME), part(FRAME)[:4] + b"\x0c" + part(FRAME)[5:], "components of 12 bits"),
        (part(FRAME), part(FRAME)[:9] + b"\x02" + part(FRAME)[10:], "2 components"),
        (part(FRAME), part(FRAME)[:11] + b"\x00" + part(FRAME)[12:], "unknown sampling"),
        (part(QUANTIZATION), part(QUANTIZATION)[:4] + b"\x10" + part(QUANTIZATION)[5:], "quantization of another"),
        (part(CODES), part(CODES)[:5] + b"\xff" + part(CODES)[6:], "codes of another"),
        (part(SCAN), part(SCAN)[:4] + b"\x09" + part(SCAN)[5:], "head of a scan"),
        (b"\xff\xd9", b"", "cut short"),
        (SCAN, b"\xff\xd9" + SCAN, "without a scan"),
    ],
)
def test_a_malformed_jpeg_file_is_refused(old: bytes, new: bytes, reason: str) -> None:
    """With its reason, before any decoder reads it."""
    assert old in JPEG
    with pytest.raises(ImageRefused, match=reason):
        rewrite_jpeg(read_jpeg(JPEG.replace(old, new, 1)))


def test_a_file_with_many_scans_is_refused() -> None:
    """Each would make the decoder go over the whole image: three megabytes would keep it busy for minutes."""
    file = saved(drawn(), progressive=True)
    scan = file[file.rindex(SCAN) : -2]
    with pytest.raises(ImageRefused, match=f"more than {MAX_SCANS} scans"):
        read_jpeg(file[:-2] + scan * MAX_SCANS + file[-2:])


@pytest.mark.thorough
@pytest.mark.parametrize("progressive", [False, True])
def test_no_corrupted_file_crashes_a_decoder(progressive: bool) -> None:
    """Each is refused with a reason, or decoded or refused by the decoder, in little memory."""
    fresh = []
    for mutant in mutants(saved(drawn(width=80, height=80), progressive=progressive), MUTANTS, seed=247):
        with suppress(ImageRefused):
            if read_photograph(mutant).form == "JPEG":
                fresh.append(rewrite_jpeg(read_jpeg(mutant)))
    assert 0.1 * MUTANTS < len(fresh) < MUTANTS
    sent = b"".join(len(file).to_bytes(4) + file for file in fresh)
    ran = subprocess.run([sys.executable, "-c", DECODER], input=sent, capture_output=True, cwd=ROOT)
    assert (ran.returncode, ran.stdout.strip()) == (0, str(len(fresh)).encode()), ran.stderr[-1000:]
