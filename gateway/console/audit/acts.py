"""What an operation of the audit log did, as a sentence that names the officer. Pure.

An operation that no sentence knows is named as the log names it: nothing is left out.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from gateway.console.kinds import BY_NAME, Kind

Entry = Mapping[str, Any]

# The API lists no more of one entry.
MOST_RECORDS: Final = 50
_REFUSED_FROM: Final = 400
_UNANSWERED: Final = 0


def _(text: str) -> str:
    return text


_READING: Final = r"list_audit_of_.+|explain_(leaf|request)_.+|get_(log|compliance)_of_.+"
_OTHER: Final = _(
    "On %(moment)s officer %(officer)s of %(bureau)s used “%(operation)s” of %(register)s (purpose: %(purpose)s)."
)
_SENTENCES: Final = (
    (
        _READING,
        _("On %(moment)s officer %(officer)s of %(bureau)s read the audit log of %(register)s (purpose: %(purpose)s)."),
    ),
    (
        r"(search|identify|check|verify)_.+",
        _("On %(moment)s officer %(officer)s of %(bureau)s searched %(register)s (purpose: %(purpose)s)."),
    ),
    (
        r"list_.+_versions",
        _(
            "On %(moment)s officer %(officer)s of %(bureau)s read the history of a record of %(register)s "
            "(purpose: %(purpose)s)."
        ),
    ),
    (
        r"list_.+_disclosures",
        _(
            "On %(moment)s officer %(officer)s of %(bureau)s asked who has seen a record of %(register)s "
            "(purpose: %(purpose)s)."
        ),
    ),
    (
        r"create_.+_subscription",
        _(
            "On %(moment)s officer %(officer)s of %(bureau)s subscribed to new records of %(register)s "
            "(purpose: %(purpose)s)."
        ),
    ),
    (
        r"get_.+_(photograph|thumbnail)|get_impression|get_side_by_side",
        _(
            "On %(moment)s officer %(officer)s of %(bureau)s looked at a picture in %(register)s "
            "(purpose: %(purpose)s)."
        ),
    ),
    (
        r"(take|prepare|add|list|get|submit|search)_.*field_(copy|copies|pack|searches).*",
        _("On %(moment)s officer %(officer)s of %(bureau)s used a field copy of %(register)s (purpose: %(purpose)s)."),
    ),
    (
        r"list_.+",
        _("On %(moment)s officer %(officer)s of %(bureau)s listed records of %(register)s (purpose: %(purpose)s)."),
    ),
    (
        r"get_.+",
        _("On %(moment)s officer %(officer)s of %(bureau)s read a record of %(register)s (purpose: %(purpose)s)."),
    ),
    (
        r"(create|enter)_.+",
        _("On %(moment)s officer %(officer)s of %(bureau)s entered records in %(register)s (purpose: %(purpose)s)."),
    ),
    (
        r"(withdraw|cancel)_.+",
        _("On %(moment)s officer %(officer)s of %(bureau)s withdrew a record of %(register)s (purpose: %(purpose)s)."),
    ),
    (
        r"delete_.+",
        _("On %(moment)s officer %(officer)s of %(bureau)s deleted something of %(register)s (purpose: %(purpose)s)."),
    ),
    (
        r"restrict_.+",
        _(
            "On %(moment)s officer %(officer)s of %(bureau)s changed who may see a record of %(register)s "
            "(purpose: %(purpose)s)."
        ),
    ),
    (
        r"decide_on_.+",
        _(
            "On %(moment)s officer %(officer)s of %(bureau)s carried out a decision of the Commission in %(register)s "
            "(purpose: %(purpose)s)."
        ),
    ),
    (
        r"(update|add|mark|renew|submit|diffuse|answer|release|start|ask|publish|refuse)_(?!record$).+",
        _("On %(moment)s officer %(officer)s of %(bureau)s changed a record of %(register)s (purpose: %(purpose)s)."),
    ),
    (
        r"publish_record",
        _(
            "On %(moment)s %(register)s sent a record that was published or changed to those who may see it, in the "
            "name of %(officer)s of %(bureau)s (purpose: %(purpose)s)."
        ),
    ),
    (
        r"match_.+",
        _(
            "On %(moment)s %(register)s compared what was new with what was asked or entered earlier, in the name of "
            "%(officer)s of %(bureau)s (purpose: %(purpose)s)."
        ),
    ),
    (
        r"open_audit_log",
        _("On %(moment)s %(officer)s of %(bureau)s opened a new audit log of %(register)s (purpose: %(purpose)s)."),
    ),
)
_BY_PATTERN: Final = tuple((re.compile(pattern), sentence) for pattern, sentence in _SENTENCES)
# In the words of the log: what the pages of records call it.
_PAGES: Final = {
    "notice": "notices",
    "person-file": "persons",
    "missing-person": "missing-persons",
    "body": "bodies",
    "travel-document": "travel-documents",
    "vehicle": "stolen-vehicles",
    "vessel": "vessels",
    "firearm": "firearms",
    "work": "works",
    "valuable": "valuables",
    "fingerprint-record": "fingerprints",
}


def sentence_of(entry: Entry) -> str:
    """Return what an entry says, in English: the key of its translations, with places for its names."""
    found = (sentence for pattern, sentence in _BY_PATTERN if pattern.fullmatch(entry["operation"]))
    return next(found, _OTHER)


def is_reading(entry: Entry) -> bool:
    """Return whether an entry says that an auditor read the log."""
    return re.fullmatch(_READING, entry["operation"]) is not None


class Outcome(NamedTuple):
    """What became of a request, as far as the auditor may know."""

    shown: int
    changed: int
    is_cut: bool
    """Whether there may be more records."""

    is_refused: bool
    is_unanswered: bool

    @property
    def is_empty(self) -> bool:
        """Whether it was answered with no record."""
        return not (self.shown or self.changed or self.is_refused or self.is_unanswered)


def outcome_of(entry: Entry) -> Outcome:
    """Return what became of the request of an entry."""
    changed = sum(record["how"] == "change" for record in entry["records"])
    return Outcome(
        shown=len(entry["records"]) - changed,
        changed=changed,
        is_cut=len(entry["records"]) >= MOST_RECORDS,
        is_refused=entry["status"] >= _REFUSED_FROM,
        is_unanswered=entry["status"] == _UNANSWERED,
    )


def kind_of(record_kind: str) -> Kind | None:
    """Return what the console calls a kind of record of the log; None if it has no page."""
    return BY_NAME.get(_PAGES.get(record_kind, ""))


def owner_of(entries: Iterable[Entry], record: str) -> str | None:
    """Return who owns a record, by entries that are about it; None if none names it."""
    owners = (str(each["owner"]) for entry in entries for each in entry["records"] if each["id"] == record)
    return next(owners, None)


def lacks(entry: Entry, record: str) -> bool:
    """Return whether an entry is about a record that it does not list, as it has too many."""
    return len(entry["records"]) >= MOST_RECORDS and all(each["id"] != record for each in entry["records"])


class Reader(NamedTuple):
    """A bureau that was shown a record."""

    bureau: str
    times: int
    first: str
    last: str


def readers_of(entries: Iterable[Entry], record: str) -> list[Reader]:
    """Return which bureaus were shown a record in some entries, by their code."""
    seen: dict[str, list[str]] = {}
    for entry in entries:
        for shown in entry["records"]:
            if shown["id"] == record and shown["how"] != "change":
                seen.setdefault(shown["reader"] or entry["bureau"], []).append(entry["at"])
    return [Reader(bureau, len(times), min(times), max(times)) for bureau, times in sorted(seen.items())]
