"""Fetches from the running mesh the audit log of a service, or how it grew, as a bureau may see it.

What comes is not judged here: whoever wants to know checks the file, and needs no mesh for that.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO, Final, TypeVar
from urllib.parse import quote

import httpx
import msgspec

from deploy.commands.offline_check import printable
from deploy.provisioning.tokens import demo_token
from deploy.state.directory_file import load_directory
from deploy.state.errors import StartRefused, no_mesh_at
from deploy.state.settings import Settings
from shared.audit.format.leaf import decode
from shared.audit.format.proof_file import (
    CheckpointFile,
    ConsistencyProof,
    LogHeader,
    Opened,
    OwnList,
    read_opened,
    write_header,
    write_line,
    write_proof,
)
from shared.audit.verify.signatures import entries_for
from shared.bureaus import PARTICIPATING, SECRETARIAT
from shared.crypto.signed_note import Checkpoint, NoteRefused, parse_note, participant_of, read_checkpoint
from shared.identity import Purpose
from shared.protocol.directory import Directory

PAGE: Final = 1_000
# So many checkpoints go with a whole log: where a leaf does not fit, they tell in which part of it.
PARTS: Final = 16
PATIENCE_SECONDS: Final = 60.0
# Bureaus cosign what is new in about a second; just after a start it takes longer.
COSIGNED_SECONDS: Final = 30.0
ASK_AGAIN_SECONDS: Final = 0.5


class Unfetched(Exception):
    """The log could not be fetched; the message says why."""


class NotThere(Unfetched):
    """The log does not have what was asked for."""


class _Leaf(msgspec.Struct):
    hash: str
    leaf: str | None
    opened: str | None = None


class _Stretch(msgspec.Struct):
    items: list[_Leaf]
    next: int | None


class _Growth(msgspec.Struct):
    proof: tuple[str, ...]


T = TypeVar("T")

_checkpoints: Final = msgspec.json.Decoder(CheckpointFile)
_stretches: Final = msgspec.json.Decoder(_Stretch)
_own_lists: Final = msgspec.json.Decoder(OwnList)
_growths: Final = msgspec.json.Decoder(_Growth)


def _bureau_of(settings: Settings) -> str:
    here = [name for name in settings.state_dir.participants_here() if name in PARTICIPATING]
    return here[0] if len(here) == 1 else SECRETARIAT


def fetch(
    settings: Settings, service: str, out: Path, *, bureau: str | None, since: str | None, number: int | None
) -> int:
    """Write a log of a service into a file, or if a checkpoint is given, the proof that its log goes on from it.

    It is the log that grows, unless another one is named by its number.
    It is fetched for the auditor of a bureau: by default of the one whose keys are here, of several the Secretariat.
    Returns 0 if all came, else 1. Raises StartRefused, UnknownBureau.
    """
    headers = {
        "Authorization": f"Bearer {demo_token(settings, bureau or _bureau_of(settings), 'auditor')}",
        "I247-Purpose": Purpose.CRIME_ANALYSIS.value,
    }
    base, directory = f"http://{settings.host}:{settings.port}", load_directory(settings.state_dir)
    try:
        with httpx.Client(base_url=base, headers=headers, timeout=PATIENCE_SECONDS) as client:
            log = RemoteLog(client, service, directory, number=number)
            whole, says = write_log(log, out) if since is None else write_growth(log, out, since)
    except httpx.HTTPError as error:
        raise StartRefused(no_mesh_at(base)) from error
    except Unfetched as error:
        print(f"i247: {printable(str(error))}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"i247: {out} cannot be written: {error.strerror}", file=sys.stderr)
        return 1
    print(f"wrote {out}: {says}; check it with `i247 audit verify`")
    return 0 if whole else 1


class RemoteLog:
    """A log of one service, as the gateway answers of it. Whatever is asked raises Unfetched."""

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
        self._directory = directory
        self._path = f"/api/{quote(service, safe='')}/audit"

    def checkpoint(self) -> tuple[str, int]:
        """Return the newest checkpoint that bureaus cosigned, and its size. Waits a time for the first one."""
        until = time.monotonic() + self._cosigned_seconds
        while True:
            try:
                note = self._get(_checkpoints, "checkpoint").checkpoint
            except NotThere:
                if time.monotonic() >= until:
                    raise
                time.sleep(ASK_AGAIN_SECONDS)
            else:
                return note, self.size_of(note)

    def earlier_checkpoints(self, size: int) -> Iterator[str]:
        """Yield a checkpoint for each part of the log before a size, the smallest first, as far as they are kept."""
        before = 0
        for part in range(1, PARTS):
            try:
                note = self._get(_checkpoints, "checkpoint", most=size * part // PARTS).checkpoint
            except NotThere:
                continue
            if before < (found := self.size_of(note)) < size:
                before = found
                yield note

    def of(self, number: int) -> "RemoteLog":
        """Return another log of the service."""
        seconds = self._cosigned_seconds
        return RemoteLog(self._client, self.service, self._directory, number=number, cosigned_seconds=seconds)

    def size_of(self, note: str) -> int:
        """Return of how many leaves of this log a checkpoint is."""
        return self.read(note).size

    def read(self, note: str) -> Checkpoint:
        """Return what a checkpoint of this log says."""
        try:
            checkpoint = read_checkpoint(parse_note(note))
        except NoteRefused as refused:
            raise Unfetched(f"no checkpoint of {self.service}: {refused}") from refused
        if participant_of(checkpoint.origin) != self.service:
            raise Unfetched(f"a checkpoint of {checkpoint.origin}, not of {self.service}")
        return checkpoint

    def entries(self, *notes: str) -> tuple[str, ...]:
        """Return the directory entries that go with checkpoints."""
        return entries_for(notes, self.service, self._directory)

    def leaves(self, size: int) -> Iterator[_Leaf]:
        """Yield the first leaves, in their order."""
        after = told = 0
        while told < size:
            page = self._get(_stretches, "log", after=after, limit=min(PAGE, size - told))
            yield from page.items[: size - told]
            told += len(page.items)
            if page.next is None or not page.items:
                return
            after = page.next

    def own_list(self, size: int) -> OwnList:
        """Return how long the list of disclosures of the bureau in whose name is asked is, at a checkpoint."""
        return self._get(_own_lists, "list", size=size)

    def growth(self, old: int, new: int) -> tuple[str, ...]:
        """Return the proof that the log of one size begins with that of another."""
        return self._get(_growths, "consistency", old=old, new=new).proof

    def _get(self, decoder: "msgspec.json.Decoder[T]", what: str, **query: int) -> T:
        path = f"{self._path}/{what}"
        response = self._client.get(path, params={**query, **self._which})
        if response.status_code != 200:
            refused = NotThere if response.status_code == 404 else Unfetched
            raise refused(f"{path} was answered {response.status_code}: {response.text[:200]}")
        try:
            return decoder.decode(response.content)
        except (msgspec.DecodeError, RecursionError) as error:
            raise Unfetched(f"{path} answered something else: {error}") from error


def write_log(log: RemoteLog, out: Path) -> tuple[bool, str]:
    """Write a log into a file; return whether all of it came, and what did. Raises Unfetched."""
    note, size = log.checkpoint()
    checkpoints = (*log.earlier_checkpoints(size), note)
    leaves = log.leaves(size)
    first = list(islice(leaves, 1))
    retired = [note for each in first for note in _retired(each)]
    entries, own = log.entries(*checkpoints, *retired), log.own_list(size)
    header = LogHeader(service=log.service, entries=entries, checkpoints=checkpoints, own=own)
    told = 0
    with _in_one_step(out) as file:
        file.write(write_header(header))
        for leaf in chain(first, leaves):
            file.write(write_line(leaf.hash, leaf.leaf, _opened(leaf)))
            told += 1
    return told == size, f"{told} of {size} leaves"


def _retired(first: _Leaf) -> Iterator[str]:
    """Yield the checkpoint of a retired log in the first leaf of another one, if there is any."""
    try:
        new = decode((first.leaf or "").encode()).new_log
    except ValueError:
        return
    if new is not msgspec.UNSET and new.retired is not None:
        yield new.retired


def _opened(leaf: _Leaf) -> Opened | None:
    try:
        return None if leaf.opened is None else read_opened(leaf.opened.encode())
    except (msgspec.DecodeError, RecursionError) as error:
        raise Unfetched(f"what opens a leaf cannot be read: {error}") from error


def write_growth(log: RemoteLog, out: Path, since: str) -> tuple[bool, str]:
    """Write the proof that a log goes on from a checkpoint; return True and what it is. Raises Unfetched."""
    old, log = log.size_of(since), log.of(log.read(since).log)
    note, new = log.checkpoint()
    if old > new:
        raise Unfetched(f"of these {old} leaves of {log.read(since).origin} the service shows the first {new}")
    proof = log.growth(old, new)
    file_of = ConsistencyProof(service=log.service, entries=log.entries(since, note), old=since, new=note, proof=proof)
    with _in_one_step(out) as file:
        file.write(write_proof(file_of))
    return True, f"the proof that {old} leaves became {new}"


@contextmanager
def _in_one_step(out: Path) -> Iterator[BinaryIO]:
    """Write a file that is there as a whole or not at all."""
    draft = out.with_name(f"{out.name}.part")
    try:
        with draft.open("wb") as file:
            yield file
        draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)
