"""The photographs of records of whatever kind: pure rules. The bytes are in `store.py`."""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable
from typing import Annotated, Any, Final, Protocol, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from shared.errors import NotFound, Refusal
from shared.images.picture import Picture
from shared.patterns import in_words

MAX_PHOTOGRAPHS: Final = 10
MAX_BYTES_OF_OWNER: Final = 4_000_000_000
# Even numbers of eight digits: the thumbnail of a photograph has the next number, in the public notices API as well.
FIRST_ID: Final = 10_000_000
IDS: Final = 45_000_000

PhotographId = Annotated[
    str,
    Field(
        pattern=in_words("^[0-9]{7}[02468]$", "must be the id of a photograph, such as 62412748"),
        description="A random even number; the next number is that of its thumbnail.",
        examples=["62412748"],
    ),
]


class Photograph(BaseModel):
    """A photograph of the subject: checked and encoded anew, without the metadata of the file that was sent."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: PhotographId
    width: int = Field(ge=1, description="In pixels.", examples=[480])
    height: int = Field(ge=1, description="In pixels.", examples=[640])
    bytes: int = Field(ge=1, description="Of the JPEG file.", examples=[48120])
    sha256: str = Field(
        description="Of the JPEG file, in base64url.", examples=["n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg"]
    )


Photographs = Annotated[
    tuple[Photograph, ...],
    Field(max_length=MAX_PHOTOGRAPHS, description="The main one first.", examples=[[]]),
]


class PhotographsFull(Refusal, status=409, code="photographs-full", title="As many photographs as may be"):
    """The record has ten photographs, or those of the bureau take all the space that it has; delete some first."""


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
    """Return what a record states of a picture."""
    return Photograph(
        id=photograph_id,
        width=picture.width,
        height=picture.height,
        bytes=len(picture.jpeg),
        sha256=sha256_of(picture.jpeg),
    )


def same_photograph(photographs: Iterable[Photograph], picture: Picture) -> Photograph | None:
    """Return the one that is this picture, as a request whose answer was lost is sent again."""
    digest = sha256_of(picture.jpeg)
    return next((each for each in photographs if each.sha256 == digest), None)


def sha256_of(jpeg: bytes) -> str:
    """Return the digest of a file in base64url."""
    return urlsafe_b64encode(hashlib.sha256(jpeg).digest()).rstrip(b"=").decode("ascii")


def draw_id(randbytes: Callable[[int], bytes]) -> int:
    """Return a random even number of eight digits."""
    return FIRST_ID + 2 * (int.from_bytes(randbytes(8)) % IDS)


def no_photograph(record_id: str, photograph_id: str) -> NotFound:
    """Return the refusal of a photograph that a record does not have."""
    return NotFound(f"no photograph {photograph_id} in the record {record_id}")
