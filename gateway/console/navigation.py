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
    Entry("/review", _("Review"), ("notices:review",)),
    Entry("/prints", _("Prints"), ("fingerprints:read",)),
)
