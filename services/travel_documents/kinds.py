"""The types of documents, why one is in the register, and how it leaves it."""

from enum import StrEnum


class DocumentType(StrEnum):
    """The type of a document."""

    PASSPORT = "passport"
    DIPLOMATIC = "diplomatic"
    SERVICE = "service"
    EMERGENCY = "emergency"
    IDENTITY_CARD = "identity-card"
    VISA = "visa"
    RESIDENCE_PERMIT = "residence-permit"
    REFUGEE = "refugee"
    SEAFARER = "seafarer"
    LAISSEZ_PASSER = "laissez-passer"


class DocumentStatus(StrEnum):
    """Why a document is not valid for travel."""

    STOLEN = "stolen"
    LOST = "lost"
    STOLEN_BLANK = "stolen-blank"
    """Stolen before it was issued to anyone."""

    REVOKED = "revoked"
    INVALID = "invalid"


class DocumentEnd(StrEnum):
    """How a record came to be no hit any more."""

    RECOVERED = "recovered"
    WITHDRAWN = "withdrawn"


class DocumentVerdict(StrEnum):
    """What a search says, in one word."""

    EXACT = "exact"
    """A record has the number as it was asked."""

    NEAR = "near"
    """A record has the number if signs are read as others that look like them: compare what is before you."""

    NONE = "none"
    UNREADABLE = "unreadable"
    """A check digit is wrong, so another number was probably meant, and no reading of it was found: read it again."""
