"""Hits of searches by pictures: of which works a photograph agrees, and what is said of it. Pure."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from services.cultural_property.likeness.messages import Score
from services.cultural_property.likeness.scoring import is_hit, share, weight, words
from services.cultural_property.models import Work
from services.cultural_property.photographs import Compared
from services.cultural_property.similar_models import ASKED
from shared.records import service_kit as kit

FIELD: Final = "picture"


class Likeness(NamedTuple):
    """A photograph of a work, and how it agrees with what is sought."""

    compared: Compared
    score: Score


def best_of(likenesses: Sequence[Likeness]) -> list[Likeness]:
    """Return the hits, of each work its surest photograph, the surest first."""
    best = dict[str, Likeness]()
    for each in sorted(likenesses, key=lambda each: (-weight(each.score), each.compared.photograph_id)):
        if is_hit(each.score):
            best.setdefault(each.compared.record_id, each)
    return list(best.values())


def hit_of(found: Likeness, work: Work) -> kit.Hit[Work]:
    """Return the hit in a work of which a photograph agrees."""
    said, score = words(found.score, is_mirrored=found.compared.candidate.is_mirrored), share(found.score)
    photograph = f"photograph {found.compared.photograph_id}"
    why = kit.FieldMatch(FIELD, ASKED, photograph, score, said)
    # A hit of a saved search says no more than this: the photograph is where both are shown side by side.
    return kit.Hit[Work](score=score, match=f"{FIELD}: {photograph}, {said}", why=(why,), record=work)
