"""The hits of a search as a file."""

from collections.abc import Sequence
from typing import Any, Final

from gateway.console.listing import Column, Item
from gateway.console.search.answers import SourceAnswer


def _(text: str) -> str:
    return text


def _column(name: str, text: str) -> Column:
    return Column(name, text, lambda item: item[name])


COLUMNS: Final = (
    _column("verdict", _("Verdict")),
    _column("register", _("Register")),
    _column("title", _("Record")),
    _column("owner", _("Owner")),
    _column("score", _("Score")),
    _column("match", _("Why")),
    _column("handling", _("Handling")),
    _column("conditions", _("Conditions")),
    _column("entered", _("Entered")),
    _column("updated", _("Updated")),
    _column("expires", _("Expires")),
    _column("id", _("Id of the record")),
    _column("state", _("State of the register")),
)


def items_of(sources: Sequence[SourceAnswer]) -> list[Item]:
    """Return a line for each hit; one for each register that has none, with its state, as silence says nothing."""
    return [line for source in sources for line in _lines(source)]


def _lines(source: SourceAnswer) -> list[dict[str, Any]]:
    of_source = {"register": source.kind.many, "state": source.state}
    if not source.hits:
        return [{**dict.fromkeys((column.name for column in COLUMNS), None), **of_source}]
    return [
        {
            **of_source,
            "verdict": hit.verdict,
            "title": hit.title,
            "owner": hit.owner,
            "score": hit.score,
            "match": "; ".join(f"{each.field}: {_text(each.asked)} / {_text(each.found)}" for each in hit.fits),
            "handling": hit.record.get("handling"),
            "conditions": hit.conditions,
            "entered": hit.record.get("created"),
            "updated": hit.record.get("updated"),
            "expires": hit.record.get("expires"),
            "id": hit.id,
        }
        for hit in source.hits
    ]


def _text(pieces: Sequence[Any] | None) -> str:
    return "".join(piece.text for piece in pieces or ())
