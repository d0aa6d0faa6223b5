"""The process that decodes files and finds minutiae: see `shared/images/worker.py` for how it is confined."""

import sys
from typing import Final

from shared.images.worker import Answer, answer_messages

# Twice what the largest view takes, whatever the size of its image.
MORE_MEMORY: Final = 1024 * 1024 * 1024


def _prepared() -> Answer:
    """Return what answers messages, after all that it needs was imported: later nothing can be."""
    import wsq  # noqa: F401 - enters the format into Pillow

    from services.fingerprints import extraction_messages as messages
    from services.fingerprints.images import decode
    from services.fingerprints.minutiae import crop_to_ridges, detect, load_model
    from shared.images.messages import REFUSED
    from shared.images.refusals import ImageRefused

    def answer(message: bytes) -> bytes:
        kind, body = message[:1], message[1:]
        try:
            if kind == messages.DECODE:
                return messages.PIXELS + messages.area_to_bytes(*crop_to_ridges(decode(body)))
            return messages.MINUTIAE + messages.minutiae_to_bytes(detect(messages.view_of(body)))
        except ImageRefused as refusal:
            return REFUSED + str(refusal).encode()
        except MemoryError:
            return REFUSED + b"the image takes too much memory: crop it"

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
    answer_messages(_prepared, _try, more_memory=MORE_MEMORY, limit_s=int(sys.argv[1]))
