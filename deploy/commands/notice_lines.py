"""Reads the lines of a file of notices one by one, strictly: each is an entry, or what is wrong with it."""

import json
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, Final, NamedTuple

from services.notices.entries import NoticeEntry
from services.notices.interchange.detail_reading import entry_of
from services.notices.interchange.errors import LineRefused
from services.notices.interchange.follow_the_money_reading import (
    MAX_PARTS,
    OF_SUBJECT,
    FtmEntity,
    entry_of_entities,
    read_entity,
)

MAX_LINE: Final = 1024 * 1024


class ReadLine(NamedTuple):
    """A line with its number, from 1, and the entry that it makes, or why it makes none."""

    number: int
    entry: NoticeEntry | None
    fault: str = ""


def read_jsonl(source: BinaryIO) -> Iterator[ReadLine]:
    """Yield the lines of a file in the shape of the public notices API."""
    for number, raw in _raw_lines(source):
        try:
            yield ReadLine(number, entry_of(_of_public_shape(_parsed(raw))))
        except LineRefused as refused:
            yield ReadLine(number, None, str(refused))


def _of_public_shape(sent: dict[str, Any]) -> dict[str, Any]:
    if sent.keys() >= {"schema", "properties"}:
        raise LineRefused("is an entity of FollowTheMoney: add `--format ftm`")
    return sent


def read_ftm(source: BinaryIO) -> Iterator[ReadLine]:
    """Yield the notices of a file of FollowTheMoney entities, each with the number of its first line."""
    subject: FtmEntity | None = None
    begun, parts = 0, list[FtmEntity]()
    for number, raw in _raw_lines(source):
        try:
            entity = read_entity(_parsed(raw))
            if entity.schema_ in OF_SUBJECT:
                _require_part(entity, subject, len(parts))
                parts.append(entity)
                continue
        except LineRefused as refused:
            yield ReadLine(number, None, str(refused))
            # Its other lines would make an incomplete notice.
            subject, parts = None, []
            continue
        if subject is not None:
            yield _whole(begun, subject, parts)
        subject, begun, parts = entity, number, []
    if subject is not None:
        yield _whole(begun, subject, parts)


def _whole(number: int, subject: FtmEntity, parts: list[FtmEntity]) -> ReadLine:
    try:
        return ReadLine(number, entry_of_entities(subject, parts))
    except LineRefused as refused:
        return ReadLine(number, None, str(refused))


def _require_part(entity: FtmEntity, subject: FtmEntity | None, known: int) -> None:
    member = OF_SUBJECT[entity.schema_]
    if subject is None or entity.all(member) != [subject.id]:
        raise LineRefused(f"properties/{member}: must be the id of the Person or Organization before it")
    if known >= MAX_PARTS:
        raise LineRefused(f"a subject may have at most {MAX_PARTS} entities")


def _raw_lines(source: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield the lines that are not empty; of a longer one as much as shows that it is too long."""
    number = 0
    while raw := source.readline(MAX_LINE + 1):
        number += 1
        if len(raw) > MAX_LINE and not raw.endswith(b"\n"):
            while (rest := source.readline(MAX_LINE)) and not rest.endswith(b"\n"):
                pass
        if raw.strip():
            yield number, raw


def _parsed(raw: bytes) -> dict[str, Any]:
    if len(raw) > MAX_LINE:
        raise LineRefused(f"must have at most {MAX_LINE} bytes")
    try:
        sent = json.loads(raw, object_pairs_hook=_members)
    except (ValueError, RecursionError) as error:
        raise LineRefused("must be a JSON document in UTF-8") from error
    if not isinstance(sent, dict):
        raise LineRefused("must be a JSON object")
    return sent


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise LineRefused("must have each member once")
    return members


READERS: Final[dict[str, Callable[[BinaryIO], Iterator[ReadLine]]]] = {"jsonl": read_jsonl, "ftm": read_ftm}
