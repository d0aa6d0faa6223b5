"""Fetches the whole audit log of a service from the running mesh, as the General Secretariat may see it.

What comes is not judged here: whoever wants to know checks the file, and needs no mesh for that.
"""

import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final
from urllib.parse import quote

import httpx
import msgspec

from deploy.home import StartRefused
from deploy.offline import printable
from deploy.tokens import demo_token
from shared.audit.bundle import CheckpointFile, LogHeader, write_header, write_line
from shared.audit.note import NoteRefused, parse_note, read_checkpoint
from shared.bureaus import SECRETARIAT
from shared.identity import Purpose
from shared.settings import Settings

PAGE: Final = 1_000
PATIENCE_SECONDS: Final = 60.0


class Unfetched(Exception):
    """The log could not be fetched; the message says why."""


class _Item(msgspec.Struct):
    hash: str
    leaf: str | None


class _Page(msgspec.Struct):
    items: list[_Item]
    next: int | None


_checkpoint: Final = msgspec.json.Decoder(CheckpointFile).decode
_page: Final = msgspec.json.Decoder(_Page).decode


def fetch_log(settings: Settings, service: str, out: Path) -> int:
    """Write the log of a service into a file; return 0 if all of it came, else 1. Raises StartRefused."""
    headers = {
        "Authorization": f"Bearer {demo_token(settings, SECRETARIAT)}",
        "I247-Purpose": Purpose.CRIME_ANALYSIS.value,
    }
    base = f"http://{settings.host}:{settings.port}"
    try:
        with httpx.Client(base_url=base, headers=headers, timeout=PATIENCE_SECONDS) as client:
            leaves, size = write_log(client, service, out)
    except httpx.HTTPError as error:
        raise StartRefused(f"no mesh answers at {base}: start one with `i247 up`") from error
    except (Unfetched, OSError) as error:
        print(f"i247: {printable(str(error))}", file=sys.stderr)
        return 1
    print(f"wrote {out}: {leaves} of {size} leaves; check it with `i247 audit verify`")
    return 0 if leaves == size else 1


def write_log(client: httpx.Client, service: str, out: Path) -> tuple[int, int]:
    """Write the log of a service into a file; return how many leaves came, and of how many the checkpoint is.

    Raises Unfetched.
    """
    path = f"/api/{quote(service, safe='')}/audit"
    try:
        answered = _checkpoint(_get(client, f"{path}/checkpoint"))
        size = read_checkpoint(parse_note(answered.checkpoint)).size
    except (msgspec.DecodeError, NoteRefused) as error:
        raise Unfetched(f"{service} answers no checkpoint: {error}") from error
    header = LogHeader(service=service, entries=answered.entries, checkpoints=(answered.checkpoint,))
    draft = out.with_name(f"{out.name}.part")
    try:
        with draft.open("wb") as file:
            file.write(write_header(header))
            leaves = _write_leaves(file, _leaves(client, f"{path}/log", size), size)
        draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)
    return leaves, size


def _write_leaves(file: BinaryIO, items: Iterator[_Item], size: int) -> int:
    leaves = 0
    # More than were signed may have come since.
    for item in islice(items, size):
        file.write(write_line(item.hash, item.leaf))
        leaves += 1
    return leaves


def _leaves(client: httpx.Client, path: str, size: int) -> Iterator[_Item]:
    after: int | None = None
    for _ in range(size):
        place = {} if after is None else {"after": after}
        try:
            page = _page(_get(client, path, limit=PAGE, **place))
        except msgspec.DecodeError as error:
            raise Unfetched(f"{path} answers no leaves: {error}") from error
        yield from page.items
        if page.next is None:
            return
        after = page.next


def _get(client: httpx.Client, path: str, **query: int) -> bytes:
    response = client.get(path, params=query)
    if response.status_code != 200:
        raise Unfetched(f"{path} was answered {response.status_code}: {response.text[:200]}")
    return response.content
