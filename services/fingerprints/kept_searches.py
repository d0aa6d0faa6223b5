"""Compares the prints of a record with those that were sought before: one record with many searches.

The other way round from a gallery, in which one search meets many records. Exact: about a millisecond for each search.
"""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from services.fingerprints.models import MOST_CANDIDATES, PrintSought
from shared.records.service_kit import Rows

if TYPE_CHECKING:
    from services.fingerprints.gallery import Candidate

# So that a service which is stopped does not wait for thousands.
COMPARED_TOGETHER: Final = 50


async def alike(prints: Rows, searches: Sequence[PrintSought]) -> list[bool]:
    """Tell of each search whether any of the prints, each with position and template, is as like it as it wanted."""
    found: list[bool] = []
    for start in range(0, len(searches), COMPARED_TOGETHER):
        found += await asyncio.to_thread(_alike, prints, searches[start : start + COMPARED_TOGETHER])
    return found


async def candidates_among(prints: Rows, search: PrintSought) -> list["Candidate"]:
    """Return the records to which prints belong that are like the one that was sought, best first."""
    return await asyncio.to_thread(_candidates, prints, search)


def _alike(prints: Rows, searches: Sequence[PrintSought]) -> list[bool]:
    from services.fingerprints.matching import score_cylinders
    from services.fingerprints.mcc import cylinders_of
    from services.fingerprints.minutiae import Template

    held = [(row.position, cylinders_of(Template.from_bytes(row.template))) for row in prints]

    def fits(search: PrintSought) -> bool:
        wanted, sought = search.wanted, cylinders_of(Template.from_bytes(search.template))
        compared = [print_ for position, print_ in held if wanted.position in {None, position}]
        return any(score_cylinders(sought, print_) >= wanted.least_score for print_ in compared)

    return [fits(search) for search in searches]


def _candidates(prints: Rows, search: PrintSought) -> list["Candidate"]:
    from services.fingerprints.gallery import Gallery
    from services.fingerprints.minutiae import Template

    gallery = Gallery()
    for row in prints:
        gallery.add(row.record_id, Template.from_bytes(row.template), finger=row.position)
    return gallery.identify(Template.from_bytes(search.template), MOST_CANDIDATES, finger=search.wanted.position)
