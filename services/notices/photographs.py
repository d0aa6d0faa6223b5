"""Which photographs a notice has: pure rules. The bytes are in `photograph_store.py`."""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, Protocol, Self, TypeVar

from services.notices.lifecycle import PUBLISHED, NoticeStatus, Step, after
from services.notices.models import NoticeRecord, Photograph
from services.notices.rules import parties
from services.notices.updates import open_update, with_photographs
from shared.errors import NotFound, Refusal
from shared.identity import Caller
from shared.images.picture import Picture
from shared.records import service_kit as kit

MAX_PHOTOGRAPHS: Final = 10
MAX_BYTES_OF_OWNER: Final = 4_000_000_000
# Even numbers of eight digits: the thumbnail of a photograph has the next number, in the public notices API as well.
FIRST_ID: Final = 10_000_000
IDS: Final = 45_000_000


class PhotographsFull(Refusal, status=409, code="photographs-full", title="As many photographs as may be"):
    """The notice has ten photographs, or those of the bureau take all the space that it has; delete some first."""


class Photographed(Protocol):
    """A record that has photographs."""

    @property
    def id(self) -> str:
        """The id of the record."""
        ...

    @property
    def photographs(self) -> tuple[Photograph, ...]:
        """The main one first."""
        ...

    def model_copy(self, *, update: dict[str, Any]) -> Self:
        """Return the record with other values."""
        ...


P = TypeVar("P", bound=Photographed)
N = TypeVar("N", bound=NoticeRecord)


def with_photograph(record: P, photograph: Photograph) -> P:
    """Return a record with one more photograph, in the same version. Raises PhotographsFull."""
    if len(record.photographs) >= MAX_PHOTOGRAPHS:
        raise PhotographsFull(f"record {record.id} has {MAX_PHOTOGRAPHS} photographs: delete one first")
    return record.model_copy(update={"photographs": (*record.photographs, photograph)})


def without_photograph(record: P, photograph_id: str) -> P:
    """Return a record without a photograph, in the same version. Raises NotFound."""
    left = tuple(each for each in record.photographs if each.id != photograph_id)
    if len(left) == len(record.photographs):
        raise no_photograph(record.id, photograph_id)
    return record.model_copy(update={"photographs": left})


def without_photographs(notice: N, removed: Mapping[str, Collection[str]]) -> N:
    """Return a notice without photographs, given by their ids, in its update as well, in the same version."""
    left = kit.without_parts(notice, removed)
    if left.pending is None or left.pending.photographs is None:
        return left
    return left.model_copy(update={"pending": kit.without_parts(left.pending, removed)})


def add_photograph(notice: N, photograph: Photograph, by: Caller, revision: kit.Revision) -> N:
    """Return a notice with one more photograph: of one in force it waits for review, with the update that waits.

    Raises NotTheOwner, IllegalStep, PhotographsFull.
    """
    require_changeable(notice, by)
    added = with_photograph(_with_waiting(notice), photograph).photographs
    return with_photographs(notice, added, by, revision)


def remove_photograph(notice: N, photograph_id: str, by: Caller, revision: kit.Revision) -> N:
    """Return a notice without a photograph: that of one in force is shown until the review is over.

    Raises NotTheOwner, IllegalStep, NotFound, and Incomplete if one in force would lack what its colour requires.
    """
    require_changeable(notice, by)
    left = without_photograph(_with_waiting(notice), photograph_id).photographs
    return with_photographs(notice, left, by, revision)


def require_changeable(notice: NoticeRecord, by: Caller) -> None:
    """Require a draft or a notice in force of the bureau: what was handed in is reviewed as it is.

    Raises NotTheOwner, IllegalStep.
    """
    step = Step.UPDATE if notice.status in PUBLISHED else Step.EDIT
    after(Step.UPDATE_DIFFUSION if notice.status is NoticeStatus.DIFFUSED else step, notice.status, parties(by, notice))


def stated_by(notice: NoticeRecord) -> dict[str, Photograph]:
    """Return the photographs of a notice and of the update of it that waits or was refused, by their ids."""
    waiting = (notice.pending and notice.pending.photographs) or ()
    return {each.id: each for each in (*notice.photographs, *waiting)}


def _with_waiting(notice: N) -> N:
    """Return a notice with the photographs that it would have with the update that waits."""
    update = open_update(notice)
    if update is None or update.photographs is None:
        return notice
    return notice.model_copy(update={"photographs": update.photographs})


def require_space(used: int, picture: Picture) -> None:
    """Require that a bureau whose photographs use so many bytes has space for a picture. Raises PhotographsFull."""
    if used + size_of(picture) > MAX_BYTES_OF_OWNER:
        raise PhotographsFull(
            f"the photographs of your bureau take {used:,} of {MAX_BYTES_OF_OWNER:,} bytes: delete some first"
        )


def size_of(picture: Picture) -> int:
    """Return how many bytes a picture takes, with its thumbnail."""
    return len(picture.jpeg) + len(picture.thumbnail)


def photograph_of(photograph_id: str, picture: Picture) -> Photograph:
    """Return what a notice states of a picture."""
    return Photograph(
        id=photograph_id,
        width=picture.width,
        height=picture.height,
        bytes=len(picture.jpeg),
        sha256=sha256_of(picture.jpeg),
    )


def same_photograph(notice: NoticeRecord, picture: Picture) -> Photograph | None:
    """Return the photograph of a notice that is this picture, as a request whose answer was lost is sent again."""
    digest = sha256_of(picture.jpeg)
    return next((each for each in _with_waiting(notice).photographs if each.sha256 == digest), None)


def sha256_of(jpeg: bytes) -> str:
    """Return the digest of a file in base64url."""
    return urlsafe_b64encode(hashlib.sha256(jpeg).digest()).rstrip(b"=").decode("ascii")


def draw_id(randbytes: Callable[[int], bytes]) -> int:
    """Return a random even number of eight digits."""
    return FIRST_ID + 2 * (int.from_bytes(randbytes(8)) % IDS)


def no_photograph(record_id: str, photograph_id: str) -> NotFound:
    """Return the refusal of a photograph that a record does not have."""
    return NotFound(f"no photograph {photograph_id} in the record {record_id}")
