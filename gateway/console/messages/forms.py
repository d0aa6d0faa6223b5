"""The bodies of messages that programs write, as facts for people: each member by its name, each value by its kind.

Shows whatever is there: a form that this version does not know is shown as well.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import msgspec

MAX_DEPTH: Final = 6
MAX_MEMBERS: Final = 200
"""Of one level; what is beyond is left to the file of the message."""

_TIMES: Final = frozenset({"at", "due", "expires", "first", "last", "since", "until", "requested"})
_BUREAUS: Final = frozenset({"owner", "finder", "partner", "asked"})
_CODES: Final = frozenset(
    {"act", "answer", "conditions", "handling", "how", "omitted", "purpose", "reason", "standing", "status", "urgency"}
)
_PROOFS: Final = frozenset({"answer", "notice", "proof", "request"})
# No evidence file is as short as a code or an id.
_SHORTEST_PROOF: Final = 200


class Fact(NamedTuple):
    """A member of a body."""

    name: str
    kind: str
    """How its value is written: `text`, `code`, `bureau`, `country`, `moment`, `percent`, `hit`, `proof`, `facts`."""

    value: Any


def facts_of(body: str) -> list[Fact] | None:
    """Return the facts in a body; None if it is not a JSON object."""
    try:
        read = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return None
    return _facts(read, 0) if isinstance(read, dict) else None


def _facts(members: Mapping[str, Any], depth: int) -> list[Fact]:
    shown = list(members.items())[:MAX_MEMBERS]
    return [fact for name, value in shown if value not in (None, "", [], {}) for fact in _of(name, value, depth)]


def _of(name: str, value: Any, depth: int) -> Iterable[Fact]:
    if isinstance(value, Mapping):
        yield Fact(name, "facts", _facts(value, depth + 1)) if depth < MAX_DEPTH else Fact(name, "text", "…")
    elif isinstance(value, list):
        for each in value[:MAX_MEMBERS]:
            yield from _of(name, each, depth)
    else:
        yield _single(name, value)


def _single(name: str, value: Any) -> Fact:
    if isinstance(value, str):
        return _text(name, value)
    if isinstance(value, bool):
        return Fact(name, "code", "yes" if value else "no")
    if name in _TIMES and (at := _moment(value)) is not None:
        return Fact(name, "moment", at)
    return Fact(name, "percent" if name == "score" else "text", value)


def _text(name: str, value: str) -> Fact:
    if name in _PROOFS and len(value) >= _SHORTEST_PROOF:
        return Fact(name, "proof", len(value) * 3 // 4)
    kinds: Sequence[tuple[str, frozenset[str]]] = (
        ("bureau", _BUREAUS),
        ("code", _CODES),
        ("country", frozenset({"country"})),
        ("hit", frozenset({"hit"})),
    )
    kind = next((kind for kind, names in kinds if name in names), "text")
    return Fact(name, kind, value)


def _moment(seconds: float) -> str | None:
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat()
    except (OverflowError, OSError, ValueError):
        return None
