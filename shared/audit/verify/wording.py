"""Says in sentences what a leaf of the audit log says: who was answered, and why each record was shown to him."""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from shared.audit.format.leaf import Leaf, NewLog
from shared.crypto.signed_note import log_name
from shared.disclosure import Disclosure, How, Rule
from shared.protocol.check_report import moment, short

_RULES: Final = {
    Rule.OWNER: "{bureau} supplied it itself",
    Rule.MEMBERS: "it is open to all members, and {bureau} was not barred from it",
    Rule.SECRETARIAT: "the General Secretariat reviews and keeps the records (RPD article 22)",
    Rule.DATA_SUBJECT_REQUEST: "the Commission examined the request of the person concerned (RPD article 18)",
}
_WAYS: Final[dict[How, str]] = {
    "search": "was found by a search",
    "list": "stood in a list",
    "read": "was read by its id",
    "change": "was made by this request",
    "subscription": "met a search that {bureau} had left standing",
    "delayed-inquiry": "met a search that {bureau} had made before",
}
_UNANSWERED: Final = 0


def sentences(
    service: str, leaf: Leaf, records: Iterable[tuple[Disclosure, str]], *, untold: int | None
) -> Iterator[str]:
    """Yield what happened; for each record with the rule that allowed it, why it was shown; and whether these are all.

    `untold` is how many more there are; None where that is not known, or not to be known to the reader: then nothing
    may be said that depends on it.
    """
    if leaf.new_log is not msgspec.UNSET:
        yield _opened(service, leaf, leaf.new_log)
        return
    yield _request(service, leaf)
    for shown, rule in records:
        yield _record(leaf, shown, rule)
    yield _extent(untold)


def _opened(service: str, leaf: Leaf, new: NewLog) -> str:
    name, size = [*(new.retired or "").split("\n"), ""][:2]
    kept = f"of {short(name)} the first {short(size)} leaves are kept" if new.retired else "no leaf is kept"
    return f"On {moment(leaf.at)} {log_name(service, new.log)} was opened, {kept}. The reason given: {new.reason}"


def _request(service: str, leaf: Leaf) -> str:
    asked = f"{short(leaf.officer)} of {short(leaf.bureau)}"
    what = f"`{short(leaf.operation)}` of {short(service)} for the purpose {short(leaf.purpose)}"
    if leaf.status == _UNANSWERED:
        return f"On {moment(leaf.at)} {service} wrote down {what}, in the name of {asked}; no answer was sent."
    return f"On {moment(leaf.at)} {asked} was answered {what}, with the status {leaf.status}."


def _record(leaf: Leaf, shown: Disclosure, rule: str) -> str:
    record = f"Version {shown.version} of the {short(shown.kind)} {short(shown.record)} of {short(shown.owner)}"
    way = _WAYS[shown.how].format(bureau=short(leaf.bureau))
    return f"{record} {way}{_match(shown)}. Rule `{short(rule)}`: {_allowed(leaf, rule)}."


def _extent(untold: int | None) -> str:
    if untold is None:
        return "Whether it showed anything else is told to the bureau that asked and to the General Secretariat alone."
    return f"It showed {untold} more that are not told here." if untold else "It showed no other record."


def _match(shown: Disclosure) -> str:
    if shown.how not in {"search", "subscription", "delayed-inquiry"}:
        return ""
    # It is emptied when the record is deleted.
    return f" (score {shown.score:g}: {shown.match or 'what met what is not kept any more'})"


def _allowed(leaf: Leaf, rule: str) -> str:
    try:
        return _RULES[Rule(rule)].format(bureau=short(leaf.bureau))
    except ValueError:
        return "it is none that is known here"
