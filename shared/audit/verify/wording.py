"""Explains a leaf of the audit log in sentences: who was answered, and why each record was shown to them."""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from shared.audit.format.leaf import Leaf, NewLog
from shared.crypto.signed_note import log_name
from shared.disclosure import COPIED, FOUND_LATER, NEAR, Disclosure, How, Rule
from shared.protocol.check_report import moment, short

_RULES: Final[dict[str, str]] = {
    Rule.OWNER: "{bureau} supplied it itself",
    Rule.MEMBERS: "it is open to all members, and {bureau} was not barred from it",
    Rule.PARTNERS: "its owner opened it to the partner {bureau}, whose agreement allows it",
    Rule.PUBLIC: "its owner made it public",
    Rule.SECRETARIAT: "the General Secretariat reviews and keeps the records (RPD article 22)",
    Rule.DATA_SUBJECT_REQUEST: "the Commission examined the request of the person concerned (RPD article 18)",
}
_WAYS: Final[dict[How, str]] = {
    "search": "was found by a search",
    "near": "was near what a search asked for",
    "list": "was in a list",
    "read": "was read by its id",
    "change": "was made by this request",
    "subscription": "matched a subscription of {bureau}",
    "delayed-inquiry": "matched an earlier search of {bureau}",
    "copied": "was taken by {bureau}, with this number of records under this root",
    "duplicate": "is about the same thing as a record of {bureau}",
    "screening": "was seen by a partner in the country of {bureau}",
    "published": "was sent to {bureau} when it was published or changed",
}
_UNANSWERED: Final = 0


def sentences(
    service: str, leaf: Leaf, records: Iterable[tuple[Disclosure, str]], *, others: int | None
) -> Iterator[str]:
    """Yield what happened; for each record, given with its rule, why it was shown; and whether these are all.

    `others` is how many more there are; None if the reader may not know: then no sentence may depend on it.
    """
    if leaf.new_log is not msgspec.UNSET:
        yield _opened(service, leaf, leaf.new_log)
        return
    yield _request(service, leaf)
    for shown, rule in records:
        yield _record(leaf, shown, rule)
    if others is None:
        yield "Only the bureau that asked and the General Secretariat see whether it showed anything else."
    else:
        yield f"It showed {others} more that are not listed here." if others else "It showed no other record."


def _opened(service: str, leaf: Leaf, new: NewLog) -> str:
    name, size = [*(new.retired or "").split("\n"), ""][:2]
    kept = f"of {short(name)} the first {short(size)} leaves are kept" if new.retired else "no leaf is kept"
    return f"On {moment(leaf.at)} {log_name(service, new.log)} was opened, {kept}. The reason given: {new.reason}"


def _request(service: str, leaf: Leaf) -> str:
    asked = f"{short(leaf.officer)} of {short(leaf.bureau)}"
    what = f"`{short(leaf.operation)}` of {short(service)} for the purpose {short(leaf.purpose)}"
    if leaf.status == _UNANSWERED:
        return f"On {moment(leaf.at)} {service} recorded {what}, in the name of {asked}; no answer was sent."
    return f"On {moment(leaf.at)} {asked} was answered {what}, with the status {leaf.status}."


def _record(leaf: Leaf, shown: Disclosure, rule: str) -> str:
    record = f"Version {shown.version} of the {short(shown.kind)} {short(shown.record)} of {short(shown.owner)}"
    bureau = short(shown.reader or leaf.bureau)
    why = _RULES.get(rule, "the rule is not known here").format(bureau=bureau)
    return f"{record} {_WAYS[shown.how].format(bureau=bureau)}{_match(shown)}. Rule `{short(rule)}`: {why}."


def _match(shown: Disclosure) -> str:
    if shown.how == COPIED:
        return f" ({shown.match})"
    if shown.how not in {"search", NEAR, *FOUND_LATER}:
        return ""
    # The match is erased when the record is deleted.
    return f" (score {shown.score:g}: {shown.match or 'the match was erased'})"
