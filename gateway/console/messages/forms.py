"""The bodies of messages that programs write, as facts for people: each member by its name, each value by its kind.

Shows whatever is there: a form that this version does not know is shown as well.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import msgspec

from gateway.console.references import is_id

MAX_DEPTH: Final = 6
MAX_MEMBERS: Final = 200
"""Of one level; what is beyond is left to the file of the message."""

_TIMES: Final = frozenset({"at", "due", "expires", "first", "last", "since", "until", "requested"})
_BUREAUS: Final = frozenset({"owner", "finder", "partner", "asked"})
_CODES: Final = frozenset(
    {
        "act",
        "answer",
        "conditions",
        "handling",
        "how",
        "omitted",
        "purpose",
        "reason",
        "service",
        "standing",
        "status",
        "urgency",
    }
)
_PROOFS: Final = frozenset({"answer", "notice", "proof", "request"})
_KINDS: Final = (
    ("bureau", _BUREAUS),
    ("code", _CODES),
    ("country", frozenset({"country"})),
    ("hit", frozenset({"hit"})),
    ("trace", frozenset({"trace"})),
)
_LINKED: Final = frozenset({"hit", "trace"})
# No evidence file is as short as a code or an id.
_SHORTEST_PROOF: Final = 200


class Fact(NamedTuple):
    """A member of a body."""

    name: str
    kind: str
    """How its value is written: `text`, `code`, `bureau`, `country`, `moment`, `percent`, `hit`, `trace`, `record`,
    `proof`, `facts`."""

    value: Any


def facts_of(body: str) -> list[Fact] | None:
    """Return the facts in a body; None if it is not a JSON object."""
    try:
        read = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return None
    return _facts(read, {}, 0) if isinstance(read, dict) else None


def hits_in(facts: Iterable[Fact]) -> list[str]:
    """Return the ids of the hits that facts name, each once."""
    found: list[str] = []
    for fact in facts:
        found += hits_in(fact.value) if fact.kind == "facts" else [fact.value] if fact.kind == "hit" else []
    return list(dict.fromkeys(found))


def _facts(members: Mapping[str, Any], above: Mapping[str, Any], depth: int) -> list[Fact]:
    """Return the facts of some members; of those above them come the service and the kind of a record."""
    named = {name: members.get(name, above.get(name)) for name in ("service", "kind", "record")}
    shown = [(name, value) for name, value in members.items() if value not in (None, "", [], {})][:MAX_MEMBERS]
    if isinstance(members.get("record"), str):
        # Its name says what it is.
        rest = [(name, value) for name, value in shown if name not in named]
        return [Fact("record", "record", named), *(fact for each in rest for fact in _of(*each, named, depth))]
    return [fact for each in shown for fact in _of(*each, named, depth)]


def _of(name: str, value: Any, above: Mapping[str, Any], depth: int) -> Iterable[Fact]:
    if isinstance(value, Mapping):
        yield Fact(name, "facts", _facts(value, above, depth + 1)) if depth < MAX_DEPTH else Fact(name, "text", "…")
    elif isinstance(value, list):
        # Of a hit that a service tells of, the id is that of the hit.
        name_of_id = "hit" if name == "hits" else "id"
        for each in value[:MAX_MEMBERS]:
            renamed = (
                {name_of_id if key == "id" else key: each[key] for key in each} if isinstance(each, dict) else each
            )
            yield from _of(name, renamed, above, depth)
    else:
        yield _single(name, value)


def _single(name: str, value: Any) -> Fact:
    if isinstance(value, bool):
        return Fact(name, "code", "yes" if value else "no")
    if isinstance(value, str):
        return _text(name, value)
    if name in _TIMES and (at := _moment(value)) is not None:
        return Fact(name, "moment", at)
    return Fact(name, "percent" if name == "score" else "text", value)


def _text(name: str, value: str) -> Fact:
    if name in _PROOFS and len(value) >= _SHORTEST_PROOF:
        return Fact(name, "proof", len(value) * 3 // 4)
    kind = next((kind for kind, names in _KINDS if name in names), "text")
    return Fact(name, "text" if kind in _LINKED and not is_id(value) else kind, value)


def _moment(seconds: float) -> str | None:
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat()
    except (OverflowError, OSError, ValueError):
        return None
