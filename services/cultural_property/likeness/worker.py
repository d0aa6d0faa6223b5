"""The process that decodes and compares pictures: see `shared/images/worker.py` for how it is confined.

A message that begins like a file of a photograph is one: its picture is answered, with the points that it is found by.
Any other begins with the letter of what is to be done.
"""

import sys
from typing import Final

from shared.images.photograph_worker import MORE_MEMORY, try_decoders
from shared.images.photograph_worker import prepared as photographs_prepared
from shared.images.worker import Answer, answer_messages

_FILES: Final = (b"\xff\xd8", b"\x89P", b"II", b"MM")


def _prepared() -> Answer:
    """Return what answers messages, after all that it needs was imported: later nothing can be."""
    from services.cultural_property.likeness import messages
    from services.cultural_property.likeness.work import compared, drawn, paired, sought, with_description
    from shared.images.messages import REFUSED
    from shared.images.photograph_messages import PICTURE

    encode = photographs_prepared()

    def answer(message: bytes) -> bytes:
        kind, body = message[:1], message[1:]
        try:
            if message[:2] in _FILES:
                return with_description(encode(message))
            if kind == messages.SEEK:
                picture = encode(body)
                return messages.SOUGHT + sought(picture) if picture[:1] == PICTURE else picture
            if kind == messages.COMPARE:
                return messages.COMPARED + compared(body)
            if kind == messages.PAIRS:
                return messages.PAIRED + paired(body)
            return messages.DRAWN + drawn(body)
        except MemoryError:
            return REFUSED + b"the photograph takes too much memory: scale it down"

    _try(answer)
    return answer


def _try(answer: Answer) -> None:
    """Describe, compare and draw what is drawn here, so that all of OpenCV is loaded, and known to work."""
    from services.cultural_property.likeness.work import trial

    try_decoders(answer)
    trial(answer)


if __name__ == "__main__":
    answer_messages(_prepared, _try, more_memory=MORE_MEMORY, limit_s=int(sys.argv[1]))
