"""What a register answered, as the page shows it: its state, and each hit with all that an officer needs of it.

Nothing in a record can be trusted. What does not have the form of an answer is not shown: its register counts as
one that did not answer.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple

from gateway.checks.answers import WITHHELD
from gateway.checks.registers import REGISTERS
from gateway.checks.rules import NOT_ALL_COMPARED
from gateway.console.api import target_of
from gateway.console.in_process import ApiRefused
from gateway.console.kinds import BY_NAME, Kind, page_of
from gateway.console.pictures import picture_url
from gateway.console.records.descriptions import description_of
from gateway.console.search.comparing import FieldFit, WrittenName, fits_of, mappings, person_of, written
from gateway.console.search.country_codes import issuer_of
from gateway.console.search.sources import CHECKED, KIND_OF_CHECKED, Ask, Unasked
from shared.bureaus import is_participant
from shared.ids import UUID_PATTERN
from shared.numbers import signs_of

HIT: Final = "hit"
POSSIBLE: Final = "possible-hit"
FOUND: Final = "found"

ASKING: Final = "asking"
ANSWERED: Final = "answered"
NONE: Final = "none"
NOT_ASKED: Final = "not-asked"
REFUSED: Final = "refused"
UNREACHABLE: Final = "unreachable"
_STATES_BY_STATUS: Final = {403: "not-allowed", 404: NONE, 422: REFUSED, 504: "timeout"}
MALFORMED: Final = (KeyError, TypeError, ValueError, AttributeError, LookupError)
"""What reading an answer raises that has another form than the API says."""


class KnownHit(NamedTuple):
    """What became of a hit on the same record that the bureau had before."""

    id: str
    state: str
    requested: str
    officer: str | None
    asked: str
    """The bureau that was asked: the owner, or who answers for it."""

    answered: str | None

    @property
    def is_settled(self) -> bool:
        """Whether the owner has answered."""
        return self.state in {"confirmed", "not-confirmed"}


@dataclass(frozen=True, slots=True)
class FoundHit:
    """A record that was found."""

    kind: Kind
    record: Mapping[str, Any]
    title: str
    verdict: str
    """`hit`, `possible-hit`, or `found` where a record was looked up."""

    score: float | None
    is_near: bool
    fits: Sequence[FieldFit]
    request: str | None
    """The request that found it, by which the hit that arises is known; None if none arises."""

    names: Sequence[WrittenName] = ()
    known: KnownHit | None = None
    """What the owner was asked about the record before; None if nothing, or if the officer may not know."""

    @property
    def key(self) -> str:
        """What it is called in the page."""
        return f"{self.kind.name}-{self.id or hashlib.sha256(repr(self.record).encode()).hexdigest()[:12]}"

    @property
    def weight(self) -> int:
        """How much it asks for at once: arrest first."""
        weigh = _WEIGHTS.get((self.kind.service, self.kind.below))
        return LEAST_WEIGHT if weigh is None else weigh(self.record)

    @property
    def what(self) -> str | None:
        """The code of what it is, where its kind does not say it: a notice of a colour, or a diffusion."""
        colour = self.record.get("colour")
        return f"notice-{colour}" if self.kind.name == "notices" and isinstance(colour, str) else None

    @property
    def asks_for(self) -> str | None:
        """What a notice asks of who finds its subject, in English."""
        return description_of(self.kind, self.record).about if self.kind.name == "notices" else None

    @property
    def lacks_country(self) -> bool:
        """Whether it is only to be compared because no country was asked for with a plate that is the same."""
        return self.verdict == POSSIBLE and any(each.lacks_country for each in self.fits)

    @property
    def issuers(self) -> set[str]:
        """The issuers of its documents that have the number by which it was found."""
        numbers = {
            signs_of(str(why.asked[0].text)) for why in self.fits if why.field == "document_number" and why.asked
        }
        person = person_of(self.record)
        identities = [person, *mappings(person.get("identities"))]
        documents = [each for one in identities for each in mappings(one.get("documents"))]
        met = (each for each in documents if signs_of(str(each.get("number", ""))) in numbers)
        return {issuer for each in met if (issuer := issuer_of(str(each.get("country"))))}

    @property
    def person(self) -> object:
        """By what a person is the same in several records of an owner: names and births; the record itself if none."""
        known = {name: person_of(self.record).get(name) for name in _SAME_PERSON}
        is_person = self.kind.is_of_person and any(known[name] for name in _NAMED)
        return (self.owner, repr(known)) if is_person else self.key

    @property
    def id(self) -> str | None:
        """The id of the record; None of what has none, such as a request for a notice."""
        return self.record.get("id")

    @property
    def page(self) -> str | None:
        """The address of the record in the console."""
        return None if self.id is None else page_of(self.kind, self.id)

    @property
    def owner(self) -> str:
        """The bureau to ask for confirmation."""
        return str(self.record["owner"])

    @property
    def facts(self) -> list[tuple[str, Any]]:
        """What a line says of the record besides its title."""
        return [(name, self.record[name]) for name in self.kind.line if self.record.get(name)]

    @property
    def restricted(self) -> Sequence[str]:
        """The bureaus from which its owner keeps it, where the API shows them."""
        return [each for each in _texts(self.record.get("restricted")) if is_participant(each)]

    @property
    def addressed(self) -> Sequence[str]:
        """The bureaus that it is addressed to alone."""
        return [each for each in _texts(self.record.get("addressed")) if is_participant(each)]

    @property
    def conditions(self) -> Sequence[str]:
        """How it may be used."""
        return _texts(self.record.get("conditions"))

    @property
    def again(self) -> str | None:
        """The address that searches a record by its own number, which is a hit where this one is only near."""
        found = next(((asked, str(self.record[name])) for name, asked in _NUMBERS if self.record.get(name)), None)
        if found is None:
            return None
        beside = {asked: str(self.record[name]) for name, asked in _BESIDE.get(found[0], ()) if self.record.get(name)}
        return target_of("/", {found[0]: found[1], **beside})

    @property
    def photograph(self) -> str | None:
        """The address of its first photograph, small."""
        pictures = self.record.get("photographs") or ()
        return None if not pictures or self.id is None else picture_url(self.kind, self.id, str(pictures[0]["id"]))


_NAMED: Final = ("name", "family_name", "single_name")
_SAME_PERSON: Final = (*_NAMED, "forename", "date_of_birth")
LEAST_WEIGHT: Final = 30
_WEIGHTS: Final = {(each.service, each.below): each.weight for each in REGISTERS}


_NUMBERS: Final = (
    ("plate", "plate"),
    ("vin", "vin"),
    ("hull_number", "hull_number"),
    ("imei", "serial"),
    ("serial_number", "serial"),
    ("number", "document_number"),
)
_BESIDE: Final = {
    "plate": (("country", "country"),),
    "serial": (("make", "make"),),
    "document_number": (("issuer", "issuer"),),
}


@dataclass(frozen=True, slots=True)
class SourceAnswer:
    """What became of one register."""

    key: str
    kind: Kind
    state: str = ASKING
    asked: Sequence[str] = ()
    hits: Sequence[FoundHit] = ()
    beyond: int = 0
    """How many records fit that are not shown."""

    warnings: Sequence[Mapping[str, str]] = ()
    detail: str | None = None
    """Why it did not answer, in English."""

    withholds: bool = False
    """Whether it has records that it does not show to this officer."""

    is_lookup: bool = False
    compared_all: bool = field(default=True)

    @property
    def groups(self) -> Sequence[Sequence[FoundHit]]:
        """Its hits, those on one person together; in each group and of the groups the weightiest first."""
        by_person: dict[object, list[FoundHit]] = {}
        for hit in sorted(self.hits, key=place_of):
            by_person.setdefault(hit.person, []).append(hit)
        return [*by_person.values()]

    @property
    def is_silent(self) -> bool:
        """Whether nothing is known of what it has, though it was to be asked."""
        return self.state not in (ANSWERED, NONE, NOT_ASKED)

    @property
    def is_complete(self) -> bool:
        """Whether it has said all that it has."""
        return self.state in (ANSWERED, NONE) and self.compared_all

    @property
    def may_change(self) -> bool:
        """Whether its answer is still to come."""
        return self.state == ASKING

    @property
    def fitting(self) -> int:
        """How many hits are no other than what was asked for."""
        return sum(hit.verdict != POSSIBLE for hit in self.hits)

    @property
    def to_compare(self) -> int:
        """How many hits are to be compared."""
        return len(self.hits) - self.fitting


def place_of(hit: FoundHit) -> tuple[int, int, float]:
    """Return where a hit comes in the order of weight: the worst news first."""
    return (_ORDER.index(hit.verdict) + hit.is_near, -hit.weight, -(hit.score or 0))


_ORDER: Final = (HIT, FOUND, POSSIBLE)


# --- of a check


def asked_in_check(asked: Mapping[str, Any]) -> SourceAnswer:
    """Return a register that a check asks."""
    kind = BY_NAME[KIND_OF_CHECKED.get(asked["source"], asked["source"])]
    return SourceAnswer(f"{CHECKED}-{kind.name}", kind, asked=_fields(asked["asked"]))


def answer_in_check(before: SourceAnswer, answered: Mapping[str, Any]) -> SourceAnswer:
    """Return what a register answered to a check."""
    source = answered["source"]
    try:
        hits = [_hit_of_check(before.kind, each, source["request"]) for each in answered["hits"]]
        warnings = [dict(each) for each in source["warnings"]]
    except MALFORMED:
        return replace(before, state=UNREACHABLE, detail="its answer does not have the form of a search")
    return replace(
        before,
        state=str(source["state"]),
        hits=hits,
        beyond=max((source["total"] or 0) - len(hits), 0),
        detail=source["detail"],
        **_warned(warnings),
    )


def _hit_of_check(kind: Kind, hit: Mapping[str, Any], request: str | None) -> FoundHit:
    return _found(kind, hit["record"], hit, str(hit["verdict"]), request, is_near=bool(hit["near"]))


# --- of a request of its own


def asked_by_itself(ask: Ask) -> SourceAnswer:
    """Return a register that is asked by requests of its own."""
    return SourceAnswer(ask.key, ask.kind, asked=tuple(ask.asked), is_lookup=ask.is_lookup)


def not_asked(unasked: Unasked) -> SourceAnswer:
    """Return a register that cannot be asked."""
    return SourceAnswer(unasked.key, unasked.kind, NOT_ASKED, tuple(unasked.asked))


def answer_of(before: SourceAnswer, replies: Sequence[tuple[Any, str | None]]) -> SourceAnswer:
    """Return what a register answered to requests of its own, each reply with the id of its request."""
    try:
        hits = [hit for reply, request in replies for hit in _hits_in(before, reply, request)]
        hits = _once(hits)
        warnings = [dict(each) for reply, _ in replies for each in reply.get("warnings") or ()]
        shown = sum(len(reply.get("hits") or ()) for reply, _ in replies)
        beyond = max(sum(int(reply.get("total") or 0) for reply, _ in replies) - shown, 0)
        withheld = sum(int(reply.get("withheld") or 0) for reply, _ in replies)
    except MALFORMED:
        return replace(before, state=UNREACHABLE, detail="its answer does not have the form of a search")
    warned = _warned(warnings)
    withholds = warned["withholds"] or bool(withheld)
    state = ANSWERED if hits or beyond or withholds else NONE
    return replace(before, state=state, hits=hits, beyond=beyond, **{**warned, "withholds": withholds})


def refused(before: SourceAnswer, error: ApiRefused) -> SourceAnswer:
    """Return the answer of a register that refused, or could not be reached."""
    state = _STATES_BY_STATUS.get(error.status, UNREACHABLE)
    if state is NONE:
        return replace(before, state=NONE)
    return replace(before, state=state, detail=error.problem.detail or error.problem.title)


def silent(before: SourceAnswer, state: str) -> SourceAnswer:
    """Return a register that did not answer."""
    return replace(before, state=state)


def _hits_in(before: SourceAnswer, reply: Mapping[str, Any], request: str | None) -> list[FoundHit]:
    if before.is_lookup:
        return [_found(before.kind, each, {}, FOUND, None) for each in reply.get("items", [reply])]
    found = [_found(before.kind, each["record"], each, _verdict_of(each), request) for each in reply.get("hits") or ()]
    near = [
        _found(before.kind, each["record"], each, POSSIBLE, request, is_near=True) for each in reply.get("near") or ()
    ]
    return found + near


def _verdict_of(hit: Mapping[str, Any]) -> str:
    """Return whether a hit is no other, as a check decides it: by a number as it is, or by name and day of birth."""
    scores = {str(each["field"]): float(each["score"]) for each in hit["why"]}
    whole = {str(each["field"]) for each in hit["why"] if len(str(each["asked"])) == len("1979-11-02")}
    by_number = any(scores.get(each, 0) >= 1 for each in _CONCLUSIVE)
    is_person = {"name", "date_of_birth"} <= scores.keys() and "date_of_birth" in whole
    by_name = is_person and min(scores["name"], scores["date_of_birth"]) >= _LEAST_SCORE_OF_NAMES
    return HIT if by_number or by_name else POSSIBLE


_CONCLUSIVE: Final = ("plate", "vin", "engine_number", "hull_number", "imo_number", "mmsi", "imei")
_LEAST_SCORE_OF_NAMES: Final = 0.9


def _found(
    kind: Kind, record: Any, hit: Mapping[str, Any], verdict: str, request: str | None, *, is_near: bool = False
) -> FoundHit:
    """Return a hit. Raises one of `MALFORMED` for a record that cannot be shown."""
    title = kind.title(record) or str(record.get("name") or record.get("id") or "")
    names = [written(title), *map(written, _other_names(record))]
    score = hit.get("score")
    found = FoundHit(
        kind,
        dict(record),
        title,
        verdict,
        None if score is None else min(max(float(score), 0.0), 1.0),
        is_near,
        fits_of(hit.get("why") or (), record),
        request,
        tuple(dict.fromkeys(names)),
    )
    # What a template asks for is looked at here, where an answer that has another form is no answer.
    _ = (
        found.facts,
        found.page,
        found.again,
        found.photograph,
        found.weight,
        found.asks_for,
        found.person,
        found.issuers,
    )
    if not is_participant(found.owner) or not (found.id is None or _is_id(found.id)):
        raise ValueError("no owner or no id")
    return found


_is_id: Final = re.compile(UUID_PATTERN).fullmatch


def _other_names(record: Mapping[str, Any]) -> list[str]:
    """Return the names of a person in other scripts."""
    subject = record.get("subject")
    person = subject if isinstance(subject, dict) else record
    return [str(each) for each in (person.get("names_in_other_scripts") or ())]


def _once(hits: Sequence[FoundHit]) -> list[FoundHit]:
    """Return hits, each record once with its best score, the best first."""
    best: dict[str, FoundHit] = {}
    for at, hit in enumerate(hits):
        key = hit.id or str(at)
        if key not in best or (hit.score or 0) > (best[key].score or 0):
            best[key] = hit
    return sorted(best.values(), key=lambda hit: (hit.is_near, hit.verdict == POSSIBLE, -(hit.score or 0)))


def _warned(warnings: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    codes = {str(each["code"]) for each in warnings}
    return {
        "warnings": list(warnings),
        "withholds": WITHHELD in codes,
        "compared_all": not codes & (NOT_ALL_COMPARED | {"unreadable"}),
    }


def _texts(value: Any) -> Sequence[str]:
    return [str(each) for each in value] if isinstance(value, list | tuple) else ()


def _fields(asked: Sequence[str]) -> tuple[str, ...]:
    """Return what a check calls its inputs by the fields of a question."""
    return tuple(_OF_CHECK.get(each, each) for each in asked if each != "document.check_digit")


_OF_CHECK: Final = {"document.issuer": "issuer", "document.number": "document_number", "document.type": "document_type"}
