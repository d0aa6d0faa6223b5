"""What is not listed in the entry of a valuable. Never a reason to refuse it: see ADR 99."""

from collections.abc import Iterator
from typing import Final

from services.cultural_property.entry_warnings import MATERIAL_NOT_LISTED, materials_not_listed
from services.cultural_property.valuables.models import ValuableDescription
from services.cultural_property.vocabulary.makes import MAKE_NAMES
from shared.codes.word_list import unknown
from shared.records import service_kit as kit

MAKE_NOT_LISTED: Final = kit.WarningKind(
    "make-not-listed", "The make is not in the list of codes; it stays as written."
)
KINDS: Final = (MAKE_NOT_LISTED, MATERIAL_NOT_LISTED)


def entry_warnings(description: ValuableDescription) -> tuple[kit.EntryWarning, ...]:
    """Return what an entry warns of."""
    return (*_make_not_listed(description), *materials_not_listed(description))


def _make_not_listed(description: ValuableDescription) -> Iterator[kit.EntryWarning]:
    if description.make is not None and MAKE_NAMES.find(description.make) is None:
        yield MAKE_NOT_LISTED.in_entry("/make", unknown(description.make, MAKE_NAMES))
