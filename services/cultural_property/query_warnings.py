"""What looks mistyped in a search for works of art that is answered all the same. Knows no record."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from services.cultural_property.models import WorkStatus
from services.cultural_property.periods import years_of
from services.cultural_property.queries import WorkCriteria
from services.cultural_property.vocabulary.materials import MATERIAL_NAMES
from services.cultural_property.vocabulary.types import SUBTYPE_NAMES, TYPE_NAMES
from shared.codes.word_list import unknown
from shared.records import service_kit as kit

TYPE_NOT_LISTED: Final = kit.WarningKind(
    "type-not-listed", "The type is not in the list of codes: only records that write it so fit."
)
MATERIAL_NOT_LISTED: Final = kit.WarningKind(
    "material-not-listed", "The material is not in the list of codes: only records that write it so, or none, fit."
)
STATUS_NEVER: Final = kit.WarningKind("status-never", "What was recovered or withdrawn is no hit.")
MADE_FUTURE: Final = kit.WarningKind("made-future", "The object would be made in the future.")
WORDS_CUT: Final = kit.WarningKind("words-cut", f"Only the first {kit.MAX_SOUGHT_WORDS} words are compared.")
KINDS: Final = (
    *(TYPE_NOT_LISTED, MATERIAL_NOT_LISTED, STATUS_NEVER, MADE_FUTURE, WORDS_CUT),
    *kit.NAME_WARNINGS,
)
_EFFECT: Final = "only records that write it so fit"


def query_warnings(query: WorkCriteria, at: datetime) -> Iterator[kit.QueryWarning]:
    """Yield what looks mistyped in a search."""
    yield from kit.name_warnings(query.title, "title")
    yield from kit.name_warnings(query.maker, "maker")
    if query.type is not None and TYPE_NAMES.find(query.type) is None and SUBTYPE_NAMES.find(query.type) is None:
        listed = TYPE_NAMES if TYPE_NAMES.suggestion(query.type) else SUBTYPE_NAMES
        yield TYPE_NOT_LISTED.at("/type", unknown(query.type, listed, _EFFECT))
    if query.material is not None and MATERIAL_NAMES.find(query.material) is None:
        yield MATERIAL_NOT_LISTED.at("/material", unknown(query.material, MATERIAL_NAMES, _EFFECT))
    if query.made is not None and years_of(query.made).first > at.year:
        yield MADE_FUTURE.at("/made", "the year is in the future, and no object was made in it")
    if query.words is not None and len(kit.words_of(query.words)) > kit.MAX_SOUGHT_WORDS:
        yield WORDS_CUT.at("/words", f"only the first {kit.MAX_SOUGHT_WORDS} words are compared: leave some out")
    if query.status in (WorkStatus.RECOVERED, WorkStatus.WITHDRAWN):
        yield STATUS_NEVER.at(
            "/status", f"{query.status} objects are no hits, and shown to their owner alone in a list"
        )
