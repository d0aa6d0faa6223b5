"""Which type of document a machine-readable zone states by its code."""

from typing import Final

from services.travel_documents.kinds import DocumentType
from shared.mrz import Zone

_VISA: Final = "V"
# ICAO Doc 9303, part 4, section 4.2.2.3, and what states print in use; a code that is not listed says nothing.
_TYPES: Final = {
    "P<": DocumentType.PASSPORT,
    "PP": DocumentType.PASSPORT,
    "PN": DocumentType.PASSPORT,
    "PD": DocumentType.DIPLOMATIC,
    "PO": DocumentType.SERVICE,
    "PS": DocumentType.SERVICE,
    "PE": DocumentType.EMERGENCY,
    "PR": DocumentType.REFUGEE,
    "PU": DocumentType.LAISSEZ_PASSER,
    "PL": DocumentType.LAISSEZ_PASSER,
    "I<": DocumentType.IDENTITY_CARD,
    "ID": DocumentType.IDENTITY_CARD,
    "IR": DocumentType.RESIDENCE_PERMIT,
    "AR": DocumentType.RESIDENCE_PERMIT,
    "CR": DocumentType.RESIDENCE_PERMIT,
}


def type_of(zone: Zone) -> DocumentType | None:
    """Return the type of the document, or None if its code does not tell."""
    return DocumentType.VISA if zone.code.startswith(_VISA) else _TYPES.get(zone.code)
