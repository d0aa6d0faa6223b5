"""Search for works by a picture: candidates by keys, points compared by a process of its own, hits by their scores.

What the caller may not see is neither compared nor counted, and takes no place of what is (ADR 114).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Final, NamedTuple

from services.cultural_property import photographs
from services.cultural_property.dependencies import NAME
from services.cultural_property.likeness.reader import LikenessReader, SoughtPicture
from services.cultural_property.likeness.scoring import MAX_HITS
from services.cultural_property.likeness.side_by_side import Shown, svg_of
from services.cultural_property.models import Work
from services.cultural_property.picture_hits import Likeness, best_of, hit_of
from services.cultural_property.picture_searches import sought_now
from services.cultural_property.similar_models import ComparedPhotograph, PictureForm, SimilarWorks
from services.cultural_property.store import WorkStore
from shared.records import service_kit as kit

MAX_CHOSEN_FROM: Final = 100


class BesideSought(NamedTuple):
    """Draws what was found beside a picture that was sought."""

    picture_id: str
    reader: LikenessReader

    async def draw(self, sought: Shown, found: Shown, form: PictureForm, sender: str) -> bytes:
        """Return both with the points that agree. Raises Busy."""
        with self.reader.turn(sender) as turn:
            pairs = await self.reader.pairs(sought, found, turn)
            if form is PictureForm.SVG:
                return svg_of(sought, found, pairs)
            return await self.reader.png(sought, found, pairs, turn)


class SimilarTo(NamedTuple):
    """A picture that is sought, and the photographs of works that show what it shows, the surest first."""

    sought: SoughtPicture
    best: Sequence[Likeness]


async def similar_to(image: bytes, works: WorkStore, reader: LikenessReader) -> SimilarTo:
    """Return what the file of a photograph finds among the works that the caller may see.

    All in one turn of the caller's bureau: candidates are read by key meanwhile. Raises ImageUnusable, TooFewPoints,
    Busy.
    """
    with reader.turn(works.caller.bureau) as turn:
        sought = await reader.seek(image, turn)
        keys = photographs.SoughtKeys(sought.keys, sought.mirror_keys)
        candidates = await photographs.candidates(works.session, keys, works.visibility)
        scores = await reader.compare(sought.points, [each.candidate for each in candidates], turn)
    return SimilarTo(sought, best_of([Likeness(*pair) for pair in zip(candidates, scores, strict=True)]))


async def similar_works(works: WorkStore, similar: SimilarTo, picture_id: str) -> SimilarWorks:
    """Return the works whose photographs show what a picture shows, and save the search."""
    sought, best = similar
    records = await works.by_id([each.compared.record_id for each in best[:MAX_CHOSEN_FROM]])
    shown = in_turns([each for each in best[:MAX_CHOSEN_FROM] if each.compared.record_id in records], records)
    hits = [hit_of(each, records[each.compared.record_id]) for each in shown]
    found = works.without_withheld(kit.Hits[Work](hits=hits, total=len(best)))
    works.save_search(sought_now(sought))
    kept = {hit.record.id for hit in found.hits}
    compared = tuple(_photograph(each, picture_id) for each in shown if each.compared.record_id in kept)
    return SimilarWorks(
        hits=found.hits, total=found.total, warnings=found.warnings, picture_id=picture_id, compared=compared
    )


def in_turns(found: Sequence[Likeness], records: Mapping[str, Work]) -> list[Likeness]:
    """Return those that are shown, the surest first: owners take turns, so that none fills the answer alone."""
    turns: Counter[str] = Counter()

    def turn(likeness: Likeness) -> int:
        owner = records[likeness.compared.record_id].owner
        turns[owner] += 1
        return turns[owner]

    chosen = sorted(enumerate(found), key=lambda each: turn(each[1]))[:MAX_HITS]
    return [likeness for _, likeness in sorted(chosen, key=itemgetter(0))]


def _photograph(found: Likeness, picture_id: str) -> ComparedPhotograph:
    record_id, photograph_id, candidate = found.compared
    return ComparedPhotograph(
        record_id=record_id,
        photograph_id=photograph_id,
        agreeing=found.score.agreeing,
        paired=found.score.paired,
        is_mirrored=candidate.is_mirrored,
        side_by_side=f"{kit.path_of(NAME)}/similar/{picture_id}/{record_id}/{photograph_id}",
    )
