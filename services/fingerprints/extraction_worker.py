"""The process that decodes and extracts: one image in, one template or refusal out, over its standard streams.

It runs apart because the decoders are C libraries that a malformed file may bring down, and because extraction keeps
a core busy for half a second. It ends by itself as soon as the process that started it is gone.
"""

import os
import queue
import sys
import threading
from typing import BinaryIO, Final

LENGTH_BYTES: Final = 4
READY: Final = b"+"
TEMPLATE: Final = b"T"
REFUSED: Final = b"R"


def frame(body: bytes) -> bytes:
    """Return a message with its length before it."""
    return len(body).to_bytes(LENGTH_BYTES) + body


def main(threads: int, limit_s: int) -> None:
    """Answer images until the standard input ends; an image that takes longer than the limit ends the process."""
    replies = os.fdopen(os.dup(1), "wb", buffering=0)
    # C libraries print what they think of a file: that must not get between the replies.
    os.dup2(2, 1)
    _leave_no_core_dump()
    images: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(sys.stdin.buffer, images), daemon=True).start()
    from services.fingerprints.minutiae import load_model

    load_model(threads=threads)
    replies.write(frame(READY))
    while True:
        image = images.get()
        _end_after(limit_s)
        replies.write(frame(_answer(image, threads)))
        _end_after(0)


def _receive(stream: BinaryIO, images: "queue.SimpleQueue[bytes]") -> None:
    """Queue images as they come; end the process when the other side is gone, whatever it is doing then."""
    while len(head := stream.read(LENGTH_BYTES)) == LENGTH_BYTES:
        images.put(stream.read(int.from_bytes(head)))
    os._exit(0)


def _answer(image: bytes, threads: int) -> bytes:
    from services.fingerprints.image_headers import ImageRefused
    from services.fingerprints.images import decode
    from services.fingerprints.minutiae import extract

    try:
        return TEMPLATE + extract(decode(image), threads=threads).to_bytes()
    except ImageRefused as refusal:
        return REFUSED + str(refusal).encode()


def _leave_no_core_dump() -> None:
    """Keep prints out of core files."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _end_after(seconds: int) -> None:
    """Let the system end the process later, even if C code holds the interpreter by then; 0 calls that off."""
    if sys.platform != "win32":
        import signal

        signal.alarm(seconds)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
