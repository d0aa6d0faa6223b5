"""The process that decodes photographs: see `worker.py` for how it is confined."""

import sys
from typing import Final

from shared.images.worker import Answer, answer_messages

# Twice what the largest photograph takes.
MORE_MEMORY: Final = 512 * 1024 * 1024


def prepared() -> Answer:
    """Return what answers files of photographs, after all that it needs was imported: later nothing can be."""
    from shared.images.messages import REFUSED
    from shared.images.photograph_messages import PICTURE, picture_to_bytes
    from shared.images.pictures import picture_of
    from shared.images.refusals import ImageRefused

    def answer(message: bytes) -> bytes:
        try:
            return PICTURE + picture_to_bytes(picture_of(message))
        except ImageRefused as refusal:
            return REFUSED + str(refusal).encode()
        except MemoryError:
            return REFUSED + b"the photograph takes too much memory: scale it down"

    try_decoders(answer)
    return answer


def try_decoders(answer: Answer) -> None:
    """Decode what is drawn here in all its forms, so that all of the decoders is loaded, and known to work."""
    import io

    from PIL import Image

    from shared.images.photograph_messages import PICTURE

    drawn = Image.linear_gradient("L")
    for mode, form, options in (
        ("RGB", "JPEG", {"progressive": True}),
        ("CMYK", "JPEG", {}),
        ("L", "JPEG", {}),
        ("RGBA", "PNG", {}),
        ("P", "PNG", {}),
        ("I;16", "PNG", {}),
        ("RGB", "TIFF", {"compression": "tiff_lzw"}),
        ("CMYK", "TIFF", {"compression": "tiff_adobe_deflate"}),
        ("RGBA", "TIFF", {"compression": "packbits"}),
        ("P", "TIFF", {}),
        ("1", "TIFF", {}),
        ("I;16", "TIFF", {}),
    ):
        file = io.BytesIO()
        (drawn.convert("I") if mode == "I;16" else drawn).convert(mode).resize((200, 100)).save(file, form, **options)
        assert answer(file.getvalue())[:1] == PICTURE  # noqa: S101 - else this process is of no use


if __name__ == "__main__":
    answer_messages(prepared, try_decoders, more_memory=MORE_MEMORY, limit_s=int(sys.argv[1]))
