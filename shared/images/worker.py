"""The life of a process that decodes files: one message in, one out, over its standard streams.

It is a process of its own because decoders are C libraries that a malformed file may crash or exploit, and because
they keep a core busy. Before the first message it is confined: it can open no file or connection and take no more than
its memory (see confinement.py). It ends when the process that started it is gone.
"""

import os
import signal
import sys
from collections.abc import Callable

from shared.images.confinement import PROTECTIONS, confine, leave_networks
from shared.images.messages import LENGTH_BYTES, READY, frame

Answer = Callable[[bytes], bytes]


def answer_messages(
    prepare: Callable[[], Answer], try_out: Callable[[Answer], None], *, more_memory: int, limit_s: int
) -> None:
    """Answer messages until the standard input ends; one that takes longer than the limit ends the process.

    `prepare` imports all that answers need, as nothing can be imported later. `try_out` answers a message of its own,
    to show that it works under confinement, with `more_memory` bytes than the process has by then.
    """
    files, replies = sys.stdin.buffer, os.fdopen(os.dup(1), "wb", buffering=0)
    held = leave_networks()
    answer = prepare()
    # C libraries print warnings about a file, which must not get between the replies.
    nothing = os.open(os.devnull, os.O_WRONLY)
    for output in (1, 2):
        os.dup2(nothing, output)
    os.closerange(3, replies.fileno())
    os.closerange(replies.fileno() + 1, os.sysconf("SC_OPEN_MAX"))
    held |= confine(more_memory)
    try_out(answer)
    missing = [each for each in PROTECTIONS if each not in held]
    replies.write(frame(READY + ",".join(missing).encode()))
    while len(head := files.read(LENGTH_BYTES)) == LENGTH_BYTES:
        # The system ends the process later, even if C code holds the interpreter by then; 0 calls that off.
        signal.alarm(limit_s)
        replies.write(frame(answer(files.read(int.from_bytes(head)))))
        signal.alarm(0)
