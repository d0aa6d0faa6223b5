"""Ask the processes that decode and compare pictures. The service itself never loads OpenCV."""

from collections.abc import Callable, Sequence
from typing import ClassVar, Final, NamedTuple

from services.cultural_property.likeness import messages
from services.cultural_property.likeness.messages import Candidate, Pair, Score
from services.cultural_property.likeness.points import Points
from services.cultural_property.likeness.side_by_side import Shown
from shared.errors import Refusal
from shared.images.messages import Garbled
from shared.images.photograph_messages import picture_of
from shared.images.photographs import PhotographReader
from shared.images.picture import Picture
from shared.images.pool import Steps

MIN_POINTS: Final = 20


class TooFewPoints(Refusal, status=422, code="picture-plain", title="The picture shows too little to be compared"):
    """Fewer than 20 points differ from what is around them: it is blurred, of one colour, or too small."""


class SoughtPicture(NamedTuple):
    """A picture that is sought, what is compared of it, and the keys of it and of its mirror image."""

    picture: Picture
    points: Points
    keys: frozenset[int]
    mirror_keys: frozenset[int]


class LikenessReader(PhotographReader):
    """Encodes photographs anew, describes and compares them, in processes of its own, which start with the first.

    What belongs to one picture is asked in one `turn`, so that its sender waits once, and that what was decoded is not
    thrown away as further pictures of the sender wait (ADR 126).
    """

    module: ClassVar[str] = "services.cultural_property.likeness.worker"

    async def seek(self, image: bytes, turn: Steps) -> SoughtPicture:
        """Return what is sought with the file of a photograph. Raises ImageUnusable, TooFewPoints, Busy."""
        self.require_within_bounds(image)
        sought = await turn.take(messages.SEEK + image, messages.SOUGHT, _sought_of)
        if len(sought.points) < MIN_POINTS:
            raise TooFewPoints(
                f"{len(sought.points)} points of it can be compared, {MIN_POINTS} are needed: photograph the object "
                "closer, in focus and in more light",
                at="",
            )
        return sought

    async def compare(self, sought: Points, candidates: Sequence[Candidate], turn: Steps) -> list[Score]:
        """Return how many points of each candidate agree. Raises Busy."""
        return await turn.take(*_comparison([sought], candidates))

    async def compare_each(
        self, sought: Sequence[Points], candidates: Sequence[Candidate], sender: str
    ) -> list[list[Score]]:
        """Return the scores of few candidates for each that is sought, of many in one message. Raises Busy.

        Each message waits for its turn.
        """
        count = len(candidates)
        together = max(1, messages.MAX_CANDIDATES // count)
        scores = list[Score]()
        for first in range(0, len(sought), together):
            scores += await self.take(sender, *_comparison(sought[first : first + together], candidates))
        return [scores[first : first + count] for first in range(0, len(scores), count)]

    async def pairs(self, sought: Shown, found: Shown, turn: Steps) -> list[Pair]:
        """Return which points of two pictures of the project agree. Raises Busy."""
        message = messages.PAIRS + messages.parts_to_bytes(sought.jpeg, found.jpeg)
        return await turn.take(message, messages.PAIRED, messages.pairs_sent)

    async def png(self, sought: Shown, found: Shown, pairs: Sequence[Pair], turn: Steps) -> bytes:
        """Return two pictures side by side as PNG. Raises Busy."""
        message = messages.parts_to_bytes(sought.jpeg, found.jpeg, messages.pairs_to_bytes(pairs))
        return await turn.take(messages.DRAW + message, messages.DRAWN, _png_of)


def _comparison(
    sought: Sequence[Points], candidates: Sequence[Candidate]
) -> tuple[bytes, bytes, Callable[[bytes], list[Score]]]:
    """Return the message that asks for scores, and the kind and form of what answers it."""
    message = messages.COMPARE + messages.candidates_to_bytes(sought, candidates)
    pairs = len(sought) * len(candidates)
    return message, messages.COMPARED, lambda body: messages.scores_sent(body, pairs)


def _sought_of(body: bytes) -> SoughtPicture:
    parts = messages.parts_of(body, 2)
    if len(parts) != 2:
        raise Garbled("a picture without its keys")
    picture = picture_of(parts[0])
    return SoughtPicture(picture, messages.points_sent(picture.description), *messages.keys_sent(parts[1]))


def _png_of(body: bytes) -> bytes:
    if not body.startswith(b"\x89PNG\r\n\x1a\n") or len(body) > messages.MAX_DRAWN_BYTES:
        raise Garbled("a picture that is no PNG, or too large")
    return body
