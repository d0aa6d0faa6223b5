"""Files in which bytes were changed do not crash a decoder, once they have been rewritten."""

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from services.fingerprints.image_headers import read_header
from services.fingerprints.wsq_files import rewrite_wsq
from shared.images.png_files import rewrite_png
from shared.images.refusals import ImageRefused
from tests.services.fingerprints.files import mutants

ROOT = Path(__file__).parents[3]
MUTANTS = 2000

# A process with little memory, which the decoders may crash. It reads files, each after its length, and counts them.
DECODER = """
import io, resource, sys
import numpy as np, wsq
from PIL import Image

resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
decoded = 0
while head := sys.stdin.buffer.read(4):
    with Image.open(io.BytesIO(sys.stdin.buffer.read(int.from_bytes(head))), formats=("PNG", "WSQ")) as image:
        assert max(np.asarray(image).shape) <= 1500
    decoded += 1
print(decoded)
"""


def rewritten(kind: str) -> list[bytes]:
    """Return the rewritten files of all corrupted files that are not refused."""
    rewrite, fresh = {"WSQ": rewrite_wsq, "PNG": rewrite_png}[kind], []
    for mutant in mutants(kind, MUTANTS, seed=1):
        with suppress(ImageRefused):
            read_header(mutant)
            fresh.append(rewrite(mutant))
    return fresh


@pytest.mark.thorough
@pytest.mark.parametrize("kind", ["WSQ", "PNG"])
def test_no_corrupted_file_crashes_a_decoder(kind: str) -> None:
    """Each is refused with a reason, or decoded to an image within the bounds."""
    fresh = rewritten(kind)
    assert 0.1 * MUTANTS < len(fresh) < MUTANTS
    sent = b"".join(len(file).to_bytes(4) + file for file in fresh)
    ran = subprocess.run([sys.executable, "-c", DECODER], input=sent, capture_output=True, cwd=ROOT)
    assert (ran.returncode, ran.stdout.strip()) == (0, str(len(fresh)).encode()), ran.stderr[-1000:]
