"""What is told together of what a partner saw: the records of one sighting, and what repeats it. No input or output.

An alert needs a sighting: a partner that sees one thing causes one alert, however many records its owner entered about
it. What records that are entered later cause, their owner decides: for one owner, partner and country it is gathered.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from operator import attrgetter
from typing import Any, Final, Literal, NamedTuple

import msgspec
from msgspec.structs import replace
from sqlalchemy.engine import Row

from shared.disclosure import SCREENING
from shared.records.repeats import counted
from shared.records.results import Hit
from shared.records.screening.sightings import read_seen

MAX_GATHERED: Final = 100
"""Records that one alert names, or counted: the best matches. What has one number is less."""

How = Literal["screening", "delayed-inquiry"]


class Sighted(NamedTuple):
    """A saved search of what a partner saw, and its hit."""

    search: Row[Any]
    hit: Hit[Any]


class Match(msgspec.Struct, frozen=True):
    """A record that matches what was seen."""

    record: str
    score: float
    words: str
    """How it matches."""

    place: str
    first: float
    last: float
    request: str
    times: int = 1


class Gathered(msgspec.Struct, frozen=True):
    """Records of one owner that match what one partner saw in a country."""

    owner: str
    partner: str
    purpose: str
    how: How
    country: str
    matches: tuple[Match, ...]


def gathered_of(found: Iterable[Sighted], how: How) -> Iterator[Gathered]:
    """Yield what an alert says of each sighting."""
    by_sighting = defaultdict[tuple[int, str], list[Sighted]](list)
    for each in found:
        by_sighting[each.search.digest, each.hit.record.owner].append(each)
    for (_, owner), of_one in by_sighting.items():
        row = of_one[0].search
        country, matches = read_seen(row.sighting).country, map(_match_of, of_one)
        yield Gathered(owner, row.bureau, row.purpose, how, country, _best(matches))


def key_of(gathered: Gathered) -> str:
    """Return what has the same alert: the records that were there, or for records that are entered later, the owner."""
    of = gathered.owner
    if gathered.how == SCREENING:
        ids = sorted(each.record for each in gathered.matches)
        of = blake2b(" ".join(ids).encode(), digest_size=16).hexdigest()
    return f"{of} {gathered.partner} {gathered.country} {gathered.purpose} {gathered.how}"


def together(earlier: Gathered, later: Gathered) -> Gathered:
    """Return what two tell, each record once with its count."""
    by_record = {each.record: each for each in earlier.matches}
    for each in later.matches:
        before = by_record.get(each.record)
        by_record[each.record] = each if before is None else counted(before, each)
    return replace(earlier, matches=_best(by_record.values()))


def _match_of(found: Sighted) -> Match:
    row, (record, score, match) = found.search, (found.hit.record, found.hit.score, found.hit.match)
    return Match(record.id, score, match, read_seen(row.sighting).place, row.at, row.at, row.request)


def _best(matches: Iterable[Match]) -> tuple[Match, ...]:
    return tuple(sorted(matches, key=attrgetter("score"), reverse=True)[:MAX_GATHERED])
