"""The pages in the head of every page: which an officer sees depends on their scopes alone."""

from collections.abc import Collection
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
    Entry("/traces", _("Traces"), ("traces:read",)),
    Entry("/prints", _("Prints"), ("fingerprints:read",)),
    Entry("/review", _("Review"), ("notices:review",)),
    Entry("/audit", _("Audit"), ("audit:read",)),
    Entry("/commission", _("Commission"), ("subject-requests:read",)),
    Entry("/network", _("Network"), ()),
)
# Officers who may use one of these have their work there, whatever else they may use.
_WORK: Final = ("/review", "/commission")


def entries_for(scopes: Collection[str]) -> list[Entry]:
    """Return the pages that an officer may use."""
    return [each for each in ENTRIES if not each.scopes or not set(each.scopes).isdisjoint(scopes)]


def home_of(scopes: Collection[str]) -> str:
    """Return the address of the page where the work of an officer is: where they land when they have signed in."""
    paths = [each.path for each in entries_for(scopes)]
    return next((path for path in _WORK if path in paths), paths[0])
