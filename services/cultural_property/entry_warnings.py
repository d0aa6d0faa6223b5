"""What is not listed in the entry of a work of art. Never a reason to refuse it: see ADR 99."""

from collections.abc import Iterator
from typing import Final

from services.cultural_property.models import WorkDescription
from services.cultural_property.objects import ObjectDescription
from services.cultural_property.vocabulary.materials import MATERIAL_NAMES, TECHNIQUE_NAMES
from services.cultural_property.vocabulary.types import SUBTYPE_NAMES, TYPE_OF
from shared.codes.word_list import unknown
from shared.records import service_kit as kit

SUBTYPE_NOT_LISTED: Final = kit.WarningKind(
    "subtype-not-listed", "The type of the second level is not in the list of codes; it stays as written."
)
SUBTYPE_OTHER_TYPE: Final = kit.WarningKind("subtype-other-type", "The subtype belongs to another type in the list.")
MATERIAL_NOT_LISTED: Final = kit.WarningKind(
    "material-not-listed", "The material is not in the list of codes; it stays as written."
)
TECHNIQUE_NOT_LISTED: Final = kit.WarningKind(
    "technique-not-listed", "The technique is not in the list of codes; it stays as written."
)
KINDS: Final = (SUBTYPE_NOT_LISTED, SUBTYPE_OTHER_TYPE, MATERIAL_NOT_LISTED, TECHNIQUE_NOT_LISTED)


def entry_warnings(description: WorkDescription) -> tuple[kit.EntryWarning, ...]:
    """Return what an entry warns of."""
    return tuple(_warnings(description))


def _warnings(description: WorkDescription) -> Iterator[kit.EntryWarning]:
    subtype = description.subtype
    if subtype is not None:
        listed = SUBTYPE_NAMES.find(subtype)
        if listed is None:
            yield SUBTYPE_NOT_LISTED.in_entry("/subtype", unknown(subtype, SUBTYPE_NAMES))
        elif TYPE_OF[listed] != description.type:
            yield SUBTYPE_OTHER_TYPE.in_entry("/subtype", f"is a {TYPE_OF[listed]}, and the type is {description.type}")
    yield from materials_not_listed(description)
    for place, technique in enumerate(description.techniques):
        if TECHNIQUE_NAMES.find(technique) is None:
            yield TECHNIQUE_NOT_LISTED.in_entry(f"/techniques/{place}", unknown(technique, TECHNIQUE_NAMES))


def materials_not_listed(description: ObjectDescription) -> Iterator[kit.EntryWarning]:
    """Yield the materials of an object that are not listed."""
    for place, material in enumerate(description.materials):
        if MATERIAL_NAMES.find(material) is None:
            yield MATERIAL_NOT_LISTED.in_entry(f"/materials/{place}", unknown(material, MATERIAL_NAMES))
