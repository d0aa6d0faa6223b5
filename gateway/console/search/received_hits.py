"""Reads hits as a register sends them. Nothing in a record can be trusted: one that cannot be shown is refused here."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from gateway.checks.registers import LEAST_SCORE_OF_NAMES
from gateway.console.kinds import Kind
from gateway.console.references import is_id
from gateway.console.search.comparing import fits_of, person_of, written
from gateway.console.search.hits import FOUND, HIT, POSSIBLE, FoundHit
from shared.bureaus import is_participant

MALFORMED: Final = (LookupError, TypeError, ValueError, AttributeError)
"""What reading an answer raises that has another form than the API says."""

_CONCLUSIVE: Final = ("plate", "vin", "engine_number", "hull_number", "imo_number", "mmsi", "imei")


def hits_in(kind: Kind, reply: Mapping[str, Any], request: str | None) -> list[FoundHit]:
    """Return the hits in the answer to a search, those that are only near last. Raises one of `MALFORMED`."""
    found, near = reply.get("hits") or (), reply.get("near") or ()
    return [
        *(found_hit(kind, each["record"], each, _verdict_of(each), request) for each in found),
        *(found_hit(kind, each["record"], each, POSSIBLE, request, is_near=True) for each in near),
    ]


def records_in(kind: Kind, reply: Mapping[str, Any]) -> list[FoundHit]:
    """Return the records in the answer to a look-up: a list, or one record. Raises one of `MALFORMED`."""
    return [found_hit(kind, each, {}, FOUND, None) for each in reply.get("items", [reply])]


def found_hit(
    kind: Kind, record: Any, hit: Mapping[str, Any], verdict: str, request: str | None, *, is_near: bool = False
) -> FoundHit:
    """Return a hit. Raises one of `MALFORMED` for a record that cannot be shown."""
    title = kind.title(record) or str(record.get("name") or record.get("id") or "")
    others = map(str, person_of(record).get("names_in_other_scripts") or ())
    score = hit.get("score")
    found = FoundHit(
        kind=kind,
        record=dict(record),
        title=title,
        verdict=verdict,
        score=None if score is None else min(max(float(score), 0.0), 1.0),
        is_near=is_near,
        fits=fits_of(hit.get("why") or (), record),
        request=request,
        names=tuple(dict.fromkeys(map(written, (title, *others)))),
    )
    _require_showable(found)
    return found


def _require_showable(found: FoundHit) -> None:
    """Look at what a template asks for, where an answer that has another form is still no answer."""
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
    if not is_participant(found.owner) or not (found.id is None or is_id(found.id)):
        raise ValueError("no owner or no id")


def _verdict_of(hit: Mapping[str, Any]) -> str:
    """Return whether a hit is no other, as a check decides it: by a number as it is, or by name and day of birth."""
    scores = {str(each["field"]): float(each["score"]) for each in hit["why"]}
    whole = {str(each["field"]) for each in hit["why"] if len(str(each["asked"])) == len("1979-11-02")}
    by_number = any(scores.get(each, 0) >= 1 for each in _CONCLUSIVE)
    is_person = {"name", "date_of_birth"} <= scores.keys() and "date_of_birth" in whole
    by_name = is_person and min(scores["name"], scores["date_of_birth"]) >= LEAST_SCORE_OF_NAMES
    return HIT if by_number or by_name else POSSIBLE


def best_of(hits: Sequence[FoundHit]) -> list[FoundHit]:
    """Return hits, each record once with its best score, the best first."""
    best: dict[str, FoundHit] = {}
    for at, hit in enumerate(hits):
        key = hit.id or str(at)
        if key not in best or (hit.score or 0) > (best[key].score or 0):
            best[key] = hit
    return sorted(best.values(), key=lambda hit: (hit.is_near, hit.verdict == POSSIBLE, -(hit.score or 0)))
