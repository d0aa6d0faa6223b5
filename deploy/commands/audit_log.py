"""Fetches the audit log of a service, or a consistency proof, from the running mesh, as a bureau may see it.

Does NOT verify it: `i247 audit verify` does, and needs no mesh.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple, TypeVar
from urllib.parse import quote

import httpx
import msgspec

from deploy.commands.output import Line
from deploy.provisioning.tokens import demo_token
from deploy.state.directory_file import load_directory
from deploy.state.errors import CommandFailed
from deploy.state.gateway import blocking_client_of, fault_of, no_mesh_at
from deploy.state.settings import Settings
from shared.audit.format.leaf import decode
from shared.audit.format.proof_file import (
    CheckpointFile,
    ConsistencyProof,
    LogHeader,
    OpenedLeaf,
    OwnList,
    read_opened,
    write_header,
    write_line,
    write_proof,
)
from shared.audit.verify.signatures import entries_for
from shared.bureaus import SECRETARIAT, is_participant
from shared.crypto.signed_note import Checkpoint, NoteRefused, parse_note, participant_of, read_checkpoint
from shared.identity import Purpose
from shared.protocol.directory import Directory

PAGE: Final = 1_000
# How many checkpoints go with a full log: they show in which part of it a leaf was changed.
PARTS: Final = 16
TIMEOUT_SECONDS: Final = 60.0
# Bureaus cosign in about a second; just after a start it takes longer.
COSIGNED_SECONDS: Final = 30.0
RETRY_SECONDS: Final = 0.5


class Unfetched(CommandFailed):
    """The log could not be fetched; the message says why."""


class NotThere(Unfetched):
    """The service answered 404."""


class _Leaf(msgspec.Struct):
    hash: str
    leaf: str | None
    opened: str | None = None


class _Leaves(msgspec.Struct):
    items: list[_Leaf]
    next: int | None


class _Log(msgspec.Struct):
    leaves: int


class _Logs(msgspec.Struct):
    items: list[_Log]


class _Proof(msgspec.Struct):
    proof: tuple[str, ...]


T = TypeVar("T")


def fetch(
    settings: Settings, service: str, out: Path, *, bureau: str | None, since: str | None, number: int | None
) -> Iterator[Line]:
    """Write a log of a service into a file, or the proof that it extends the checkpoint `since`; yield what came.

    It is the log that grows, unless another one is named by its number. The auditor is that of the bureau whose keys
    are here, or of the Secretariat if there are several, unless a bureau is named.
    Raises StartRefused, UnknownBureau, Unfetched, CommandFailed.
    """
    try:
        with auditing(settings, bureau) as (_, client, directory):
            log = RemoteLog(client, service, directory, number=number)
            written = write_log(log, out) if since is None else write_consistency(log, out, since)
    except OSError as error:
        raise CommandFailed(f"{out} cannot be written: {error.strerror}") from error
    says = f"wrote {out}: {written.says}; verify it with `i247 audit verify`"
    yield Line(says, {"message": says, "file": str(out), "leaves": written.leaves, "size": written.size})
    if written.leaves != written.size:
        raise CommandFailed("the service did not show all leaves")


class Auditing(NamedTuple):
    """As an auditor of which bureau, by which client of the gateway, and with which directory logs are read."""

    bureau: str
    client: httpx.Client
    directory: Directory


@contextmanager
def auditing(settings: Settings, bureau: str | None) -> Iterator[Auditing]:
    """Open a client with the rights of the auditor of a bureau, as `fetch` chooses one. Raises as `fetch` does."""
    if bureau is None:
        here = [name for name in settings.state_dir.participants_here() if is_participant(name)]
        bureau = here[0] if len(here) == 1 else SECRETARIAT
    headers = {
        "Authorization": f"Bearer {demo_token(settings, bureau, 'auditor')}",
        "I247-Purpose": Purpose.CRIME_ANALYSIS.value,
    }
    directory = load_directory(settings.state_dir)
    try:
        with blocking_client_of(settings, headers=headers, timeout=TIMEOUT_SECONDS) as client:
            yield Auditing(bureau, client, directory)
    except httpx.HTTPError as error:
        raise no_mesh_at(settings) from error


class RemoteLog:
    """A log of one service, behind its gateway. Every method may raise Unfetched."""

    def __init__(
        self,
        client: httpx.Client,
        service: str,
        directory: Directory,
        *,
        number: int | None = None,
        cosigned_seconds: float = COSIGNED_SECONDS,
    ) -> None:
        self.service = service
        self._which = {} if number is None else {"log": number}
        self._cosigned_seconds = cosigned_seconds
        self._client = client
        self.directory = directory
        self._path = f"/api/{quote(service, safe='')}/audit"

    def checkpoint(self, least: int = 0) -> tuple[str, int]:
        """Return the newest cosigned checkpoint, and its size. Waits a time for one of at least so many leaves."""
        until = time.monotonic() + self._cosigned_seconds
        while True:
            try:
                note = self.get(CheckpointFile, "checkpoint").checkpoint
                if (size := self.size_of(note)) >= least:
                    return note, size
                refusal = Unfetched(
                    f"bureaus cosigned only {size} of {least} leaves of {self.service}: try again later"
                )
            except NotThere as absent:
                refusal = absent
            if time.monotonic() >= until:
                raise refusal
            time.sleep(RETRY_SECONDS)

    def leaves_now(self) -> int:
        """Return how many leaves the log has at present, whether a checkpoint covers them or not."""
        logs = self.get(_Logs, "logs").items
        return logs[-1].leaves if logs else 0

    def earlier_checkpoints(self, size: int) -> Iterator[str]:
        """Yield a checkpoint for each part of the log before a size, the smallest first, if there is one."""
        before = 0
        for part in range(1, PARTS):
            try:
                note = self.get(CheckpointFile, "checkpoint", most=size * part // PARTS).checkpoint
            except NotThere:
                continue
            if before < (found := self.size_of(note)) < size:
                before = found
                yield note

    def of(self, number: int) -> "RemoteLog":
        """Return another log of the service."""
        seconds = self._cosigned_seconds
        return RemoteLog(self._client, self.service, self.directory, number=number, cosigned_seconds=seconds)

    def size_of(self, note: str) -> int:
        """Return the size of a checkpoint of the service."""
        return self.read(note).size

    def read(self, note: str) -> Checkpoint:
        """Return a checkpoint of the service."""
        try:
            checkpoint = read_checkpoint(parse_note(note))
        except NoteRefused as refused:
            raise Unfetched(f"no checkpoint of {self.service}: {refused}") from refused
        if participant_of(checkpoint.origin) != self.service:
            raise Unfetched(f"a checkpoint of {checkpoint.origin}, not of {self.service}")
        return checkpoint

    def leaves(self, size: int) -> Iterator[_Leaf]:
        """Yield the first leaves, in order."""
        after = count = 0
        while count < size:
            page = self.get(_Leaves, "log", after=after, limit=min(PAGE, size - count))
            yield from page.items[: size - count]
            count += len(page.items)
            if page.next is None or not page.items:
                return
            after = page.next

    def get(self, kind: type[T], what: str, **query: int) -> T:
        """Return an answer about the log."""
        path = f"{self._path}/{what}"
        response = self._client.get(path, params={**query, **self._which})
        if response.status_code != 200:
            refused = NotThere if response.status_code == 404 else Unfetched
            raise refused(f"{path} was answered {response.status_code}: {fault_of(response)}")
        try:
            return msgspec.json.decode(response.content, type=kind)
        except (msgspec.DecodeError, RecursionError) as error:
            raise Unfetched(f"{path} has another form: {error}") from error


class Written(NamedTuple):
    """What was written into a file."""

    leaves: int
    """How many leaves of the log came, or are proven to be in it."""
    size: int
    """How many it has."""
    says: str


def write_log(log: RemoteLog, out: Path, least: int = 0) -> Written:
    """Write a log of at least so many leaves into a file. Raises Unfetched."""
    note, size = log.checkpoint(least)
    checkpoints = (*log.earlier_checkpoints(size), note)
    leaves = log.leaves(size)
    first = list(islice(leaves, 1))
    retired = [text for each in first if (text := _retired(each))]
    entries = entries_for((*checkpoints, *retired), log.service, log.directory)
    own = log.get(OwnList, "list", size=size)
    header = LogHeader(service=log.service, entries=entries, checkpoints=checkpoints, own=own)
    count = 0
    with _atomic(out) as file:
        file.write(write_header(header))
        for leaf in chain(first, leaves):
            file.write(write_line(leaf.hash, leaf.leaf, _opened(leaf)))
            count += 1
    return Written(count, size, f"{count} of {size} leaves")


def _retired(first: _Leaf) -> str | None:
    """Return the checkpoint of the retired log in the first leaf of a new one, if there is one."""
    try:
        new = decode((first.leaf or "").encode()).new_log
    except ValueError:
        return None
    return None if new is msgspec.UNSET else new.retired


def _opened(leaf: _Leaf) -> OpenedLeaf | None:
    try:
        return None if leaf.opened is None else read_opened(leaf.opened.encode())
    except (msgspec.DecodeError, RecursionError) as error:
        raise Unfetched(f"the opening of a leaf cannot be read: {error}") from error


def write_consistency(log: RemoteLog, out: Path, since: str) -> Written:
    """Write the proof that a log extends a checkpoint. Raises Unfetched."""
    old, log = log.size_of(since), log.of(log.read(since).log)
    note, new = log.checkpoint()
    if old > new:
        raise Unfetched(f"of these {old} leaves of {log.read(since).origin} the service shows only {new}")
    proof = log.get(_Proof, "consistency", old=old, new=new).proof
    entries = entries_for((since, note), log.service, log.directory)
    file_of = ConsistencyProof(service=log.service, entries=entries, old=since, new=note, proof=proof)
    with _atomic(out) as file:
        file.write(write_proof(file_of))
    return Written(new, new, f"the proof that {old} leaves became {new}")


@contextmanager
def _atomic(out: Path) -> Iterator[BinaryIO]:
    """Write a file that exists complete or not at all."""
    draft = out.with_name(f"{out.name}.part")
    try:
        with draft.open("wb") as file:
            yield file
        draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)
