"""The pages in the head of every page: which an officer sees depends on their scopes alone."""

from typing import Final, NamedTuple


class Entry(NamedTuple):
    """A page in the head of every page."""

    path: str
    text: str
    """In English: the key of its translations."""

    scopes: tuple[str, ...]
    """Any one of them is enough."""


def _(text: str) -> str:
    return text


ENTRIES: Final = (
    Entry("/", _("Search"), ("checks:read",)),
    Entry("/hits", _("Hits"), ("hits:read",)),
    Entry("/messages", _("Messages"), ("messages:read",)),
    Entry(
        "/records",
        _("Records"),
        (
            "notices:read",
            "missing-persons:read",
            "travel-documents:read",
            "stolen-vehicles:read",
            "firearms:read",
            "cultural-property:read",
            "fingerprints:read",
        ),
    ),
    Entry("/prints", _("Prints"), ("fingerprints:read",)),
    Entry("/review", _("Review"), ("notices:review",)),
    Entry("/audit", _("Audit"), ("audit:read",)),
    Entry("/commission", _("Commission"), ("subject-requests:read",)),
    Entry("/network", _("Network"), ()),
)
