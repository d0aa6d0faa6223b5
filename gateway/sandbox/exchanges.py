"""The last requests of a sandbox and their answers, byte for byte, for those who ask why: a file for each.

So every process of a gateway finds them, also after a restart. The oldest are deleted. Does NOT keep tokens, and
keeps what was asked as it was signed, with names and machine-readable zones.

A client may choose the id of a request, so that each exchange is one of a bureau, and none replaces that of another.
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from shared.protocol.parcel import Parcel
from shared.records.policy import SEARCHES_KEPT_HOURS
from shared.sandbox.faults import Fault

MAX_EXCHANGES: Final = 1_000
# Of these, by requests without a valid token. Many of them delete none of a bureau.
MAX_WITHOUT_TOKEN: Final = MAX_EXCHANGES // 10
MAX_BYTES: Final = 64 * 1024 * 1024
# As a service keeps a search: a request may name a person, also in a machine-readable zone.
MAX_SECONDS: Final = SEARCHES_KEPT_HOURS * 3_600
# How much may be added before the oldest are deleted: to list the files takes as long as to write some.
ADDED_EXCHANGES: Final = 50
ADDED_BYTES: Final = MAX_BYTES // 8
MAX_LOCATION: Final = 400
# The ends of the names of files. No code of a bureau is in lower case.
_REQUEST: Final = ".request.json"
_MESSAGE: Final = ".message.json"
_NO_BUREAU: Final = "none"
_WITHOUT_TOKEN: Final = f"-{_NO_BUREAU}{_REQUEST}"


class KeptParcel(msgspec.Struct, frozen=True):
    """What crossed the broker: a signature header, and the body that it signs."""

    signature: str
    body: bytes

    @classmethod
    def of(cls, parcel: Parcel | None) -> "KeptParcel | None":
        """Return what is kept of a parcel, if there is one."""
        return None if parcel is None else cls(parcel.signature, parcel.body)

    @property
    def parcel(self) -> Parcel:
        """The parcel."""
        return Parcel(self.signature, self.body)


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """One request to a gateway, or a part of one, which the gateway sent to a service; and its answer."""

    id: str
    at: float
    """When it was answered, by the clock of the mesh, in seconds since 1970."""

    method: str
    target: str
    """Path and query; where the bureau is not known, only which service it names."""

    service: str | None
    """The service or local application; None if there is none of this name."""

    bureau: str | None
    """None where the token was refused."""

    officer: str | None
    purpose: str | None
    status: int
    problem: bytes
    """The body of a refusal; empty for any other answer."""

    location: str
    """Of what was made; empty if nothing was."""

    request: KeptParcel | None
    """None if nothing was signed."""

    reply: KeptParcel | None
    """None if nothing came."""

    faults: tuple[Fault, ...] = ()
    """Those of the sandbox that happened to it, as they were then, without what else they happened to."""

    parts: tuple[str, ...] = ()
    """The ids of the requests to services that an application of the gateway sent for it, such as those of a check."""


class KeptRefusal(msgspec.Struct, frozen=True, kw_only=True):
    """A message that a bureau refused, or deferred: it is in no mailbox of that bureau."""

    id: str
    at: float
    bureau: str
    sender: str
    signature: str
    body: bytes
    key: str
    """The content key, wrapped for the bureau."""

    reason: str
    detail: str

    @property
    def parcel(self) -> Parcel:
        """The parcel as it arrived."""
        return Parcel(self.signature, self.body, self.key)


_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(Exchange).decode
_decode_refusal: Final = msgspec.json.Decoder(KeptRefusal).decode


class Exchanges:
    """The exchanges that are kept in a folder, which several processes may use at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # So that a process that starts deletes what others left.
        self._added, self._added_bytes = ADDED_EXCHANGES, 0

    def keep(self, exchange: Exchange) -> None:
        """Keep an exchange, and delete the oldest if there are too many. Raises OSError."""
        self._write(self._file(exchange.id, exchange.bureau), _encode(exchange))

    def keep_refusal(self, refusal: KeptRefusal) -> None:
        """Keep a message that was refused, as an exchange. Raises OSError."""
        self._write(self._refusal(refusal.id, refusal.bureau), _encode(refusal))

    def find_refusal(self, message_id: str, bureau: str) -> KeptRefusal | None:
        """Return the message with an id, which is a UUID, that a bureau refused last, or None."""
        try:
            return _decode_refusal(_read(self._refusal(message_id, bureau)))
        except (FileNotFoundError, msgspec.MsgspecError):
            return None

    def _write(self, file: Path, content: bytes) -> None:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        draft = file.with_suffix(f".{os.getpid()}.new")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
            stream.write(content)
        draft.replace(file)
        self._added += 1
        self._added_bytes += len(content)
        if self._added >= ADDED_EXCHANGES or self._added_bytes >= ADDED_BYTES:
            self._added = self._added_bytes = 0
            self._delete_oldest()

    def find(self, exchange_id: str, bureau: str | None) -> Exchange | None:
        """Return the exchange of a bureau with an id, which is a UUID, or None if it is not kept (any more).

        Without a bureau, the last of a request with this id whose token was refused.
        """
        try:
            return _decode(_read(self._file(exchange_id, bureau)))
        except (FileNotFoundError, msgspec.MsgspecError):
            return None

    def _file(self, exchange_id: str, bureau: str | None) -> Path:
        return self._folder / f"{exchange_id}-{bureau or _NO_BUREAU}{_REQUEST}"

    def _refusal(self, message_id: str, bureau: str) -> Path:
        return self._folder / f"{message_id}-{bureau}{_MESSAGE}"

    def _delete_oldest(self) -> None:
        kept = without_token = 0
        for place, (file, written) in enumerate(self._newest_first()):
            kept += written.size
            without_token += file.name.endswith(_WITHOUT_TOKEN)
            is_beyond = place >= MAX_EXCHANGES or kept > MAX_BYTES
            if is_beyond or written.is_old or self._is_one_too_many(file, without_token):
                file.unlink(missing_ok=True)

    def _is_one_too_many(self, file: Path, without_token: int) -> bool:
        return without_token > MAX_WITHOUT_TOKEN and file.name.endswith(_WITHOUT_TOKEN)

    def _newest_first(self) -> Iterator[tuple[Path, "_Written"]]:
        # Not by their names: a client may choose the id of a request.
        for written, file in sorted(((_written(file), file) for file in self._folder.iterdir()), reverse=True):
            yield file, written


class _Written(NamedTuple):
    at: int
    """By the clock of the machine, in nanoseconds since 1970."""

    size: int

    @property
    def is_old(self) -> bool:
        """Whether it is kept no longer."""
        return time.time_ns() - self.at > MAX_SECONDS * 1_000_000_000


def _read(file: Path) -> bytes:
    """Return the content of a file that is still to be kept. Raises FileNotFoundError."""
    if _written(file).is_old:
        raise FileNotFoundError(file)
    return file.read_bytes()


def _written(file: Path) -> _Written:
    try:
        found = file.stat()
    except FileNotFoundError:
        # Another process deleted it.
        return _Written(0, 0)
    return _Written(found.st_mtime_ns, found.st_size)
