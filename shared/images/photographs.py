"""Turn the file of a photograph from a stranger into a picture that is safe to show, or say what is wrong with it.

The worker processes start with the first photograph.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ClassVar, Final, TypeVar

from shared.errors import Busy
from shared.images import photograph_messages as messages
from shared.images.photograph_files import read_photograph
from shared.images.picture import Picture
from shared.images.pool import Steps, WorkerPool, WorkersBusy, WorkersClosed
from shared.images.refusals import ImageRefused, ImageUnusable

# The largest takes 1.3 s of a core: this is for a machine that has much else to do.
PHOTOGRAPH_SECONDS: Final = 10.0
WAITING_PHOTOGRAPHS: Final = 4

_MODULE: Final = "shared.images.photograph_worker"

T = TypeVar("T")


class PhotographReader:
    """Encodes photographs anew in processes of its own, which start with the first one.

    A service that does more with photographs has a reader of its own, whose processes run another module.
    """

    module: ClassVar[str] = _MODULE

    def __init__(self, log: str, *, processes: int = 1) -> None:
        """`log` is the name under which the processes are logged."""
        waiting = WAITING_PHOTOGRAPHS * processes
        self._pool = WorkerPool(self.module, log, workers=processes, waiting=waiting, timeout_s=PHOTOGRAPH_SECONDS)

    async def read(self, image: bytes, sender: str) -> Picture:
        """Return the picture in a file of a sender. Senders take turns. Raises ImageUnusable, Busy."""
        self.require_within_bounds(image)
        return await self.take(sender, image, messages.PICTURE, messages.picture_of)

    @staticmethod
    def require_within_bounds(image: bytes) -> None:
        """Require a file that states to be within all bounds. Raises ImageUnusable."""
        try:
            read_photograph(image)
        except ImageRefused as refused:
            raise ImageUnusable(str(refused), at="") from refused

    async def take(self, sender: str, message: bytes, kind: bytes, parse: Callable[[bytes], T]) -> T:
        """Return what a process answers to a message, of the kind that is expected. Raises ImageUnusable, Busy."""
        with self.turn(sender) as turn:
            return await turn.take(message, kind, parse)

    @contextmanager
    def turn(self, sender: str) -> Iterator[Steps]:
        """Wait once among the photographs of a sender, and keep a process for all that is taken of it.

        Raises ImageUnusable, Busy.
        """
        try:
            with self._pool.steps(sender, in_one_turn=True) as steps:
                yield steps
        except ImageRefused as refused:
            raise ImageUnusable(str(refused), at="") from refused
        except (WorkersBusy, WorkersClosed) as busy:
            raise Busy("too many photographs wait to be encoded: try again later") from busy

    async def close(self) -> None:
        """End the processes."""
        await self._pool.close()
