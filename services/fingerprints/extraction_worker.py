"""The process that decodes files and finds minutiae: one message in, one out, over its standard streams.

It is a process of its own because the decoders are C libraries that a malformed file may crash or exploit, and because
extraction keeps a core busy for half a second. Before the first message it is confined: it can open no file or
connection and take no more than its memory (see confinement.py). It ends when the process that started it is gone.
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Final

from services.fingerprints.confinement import PROTECTIONS, confine, leave_networks

# Twice what the largest view takes, whatever the size of its image.
MORE_MEMORY: Final = 1024 * 1024 * 1024

Answer = Callable[[bytes], bytes]


def main(limit_s: int) -> None:
    """Answer messages until the standard input ends; one that takes longer than the limit ends the process."""
    files, replies = sys.stdin.buffer, os.fdopen(os.dup(1), "wb", buffering=0)
    held = leave_networks()
    answer = _prepared()
    # C libraries print warnings about a file, which must not get between the replies.
    nothing = os.open(os.devnull, os.O_WRONLY)
    for output in (1, 2):
        os.dup2(nothing, output)
    os.closerange(3, replies.fileno())
    os.closerange(replies.fileno() + 1, os.sysconf("SC_OPEN_MAX"))
    held |= confine(MORE_MEMORY)
    from services.fingerprints.extraction_messages import LENGTH_BYTES, READY, frame

    _try(answer)
    missing = [each for each in PROTECTIONS if each not in held]
    replies.write(frame(READY + ",".join(missing).encode()))
    while len(head := files.read(LENGTH_BYTES)) == LENGTH_BYTES:
        # The system ends the process later, even if C code holds the interpreter by then; 0 calls that off.
        signal.alarm(limit_s)
        replies.write(frame(answer(files.read(int.from_bytes(head)))))
        signal.alarm(0)


def _prepared() -> Answer:
    """Return what answers messages, after all that it needs was imported: later nothing can be."""
    import wsq  # noqa: F401 - enters the format into Pillow

    from services.fingerprints import extraction_messages as messages
    from services.fingerprints.image_headers import ImageRefused
    from services.fingerprints.images import decode
    from services.fingerprints.minutiae import crop_to_ridges, detect, load_model

    def answer(message: bytes) -> bytes:
        kind, body = message[:1], message[1:]
        try:
            if kind == messages.DECODE:
                return messages.PIXELS + messages.area_to_bytes(*crop_to_ridges(decode(body)))
            return messages.MINUTIAE + messages.minutiae_to_bytes(detect(messages.view_of(body)))
        except ImageRefused as refusal:
            return messages.REFUSED + str(refusal).encode()
        except MemoryError:
            return messages.REFUSED + b"the image takes too much memory: crop it"

    load_model()
    _try(answer)
    return answer


def _try(answer: Answer) -> None:
    """Decode and extract what is drawn here, so that all of both is loaded, and known to work."""
    import io

    import numpy as np
    from PIL import Image

    from services.fingerprints.extraction_messages import DECODE, DETECT, PIXELS, area_of, view_to_bytes
    from services.fingerprints.image_headers import MIN_SIDE
    from services.fingerprints.minutiae import views

    ridges = (128 + 100 * np.sin(np.arange(MIN_SIDE) * 0.7)[:, np.newaxis] * np.ones(MIN_SIDE)).astype(np.uint8)
    for kind in ("PNG", "WSQ"):
        file = io.BytesIO()
        Image.fromarray(ridges).save(file, kind)
        reply = answer(DECODE + file.getvalue())
        assert reply[:1] == PIXELS  # noqa: S101 - else this process is of no use
        pixels, _ = area_of(reply[1:], MIN_SIDE, MIN_SIDE)
        for _, _, view in views(pixels):
            answer(DETECT + view_to_bytes(view))


if __name__ == "__main__":
    main(int(sys.argv[1]))
