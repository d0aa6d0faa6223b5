"""Shows what registers answered in the shape of FIND. `NO_ANSWER` is said only where an origin answered."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from gateway.checks.answers import ReadAnswer, SourceAnswer
from gateway.checks.find_models import FindAnswer, FindDetails, FindEntry, FindOrigin, Origin
from gateway.checks.models import SourceState
from gateway.checks.registers import NUMBER, Register
from gateway.checks.rules import ANSWERS, RankedHit, has_records, is_complete, ranked
from shared.find_codes import FindCode

# Of a record that is searched for the document that was found: more than any of them has.
MAX_PARTS: Final = 10_000
_CODES: Final = {
    SourceState.ANSWERED: FindCode.NO_ERROR,
    SourceState.NONE: FindCode.NO_ANSWER,
    SourceState.NOT_ALLOWED: FindCode.ORIGIN_NOT_ALLOWED,
    SourceState.TIMEOUT: FindCode.ORIGIN_TIMEOUT,
    SourceState.UNREACHABLE: FindCode.ORIGIN_UNREACHABLE,
    SourceState.UNREADABLE: FindCode.UNREADABLE,
}
_NO_REGISTER: Final = "this network has no such register"


ANSWER_CODES: Final = frozenset({FindCode.NO_ERROR, FindCode.NO_ANSWER})


def find_answer(origins: Sequence[Origin], sources: Sequence[SourceAnswer]) -> FindAnswer:
    """Return the answer to a search of some origins."""
    by_origin = {Origin(each.register.origin): each for each in sources}
    answered = [_origin(each, by_origin.get(each)) for each in origins]
    codes = [FindCode(each.code) for each in answered]
    code, complete = _code_of_all(codes), ANSWER_CODES.issuperset(codes) and all(map(is_complete, sources))
    return FindAnswer(code=code.value, status=code.name, complete=complete, origins=answered)


def find_item(item_id: str, origin: Origin, read: ReadAnswer | None) -> FindDetails:
    """Return the answer to a second call, with the record if the register shows it; None where there is no register."""
    answer = read or ReadAnswer(SourceState.UNREACHABLE, None, _NO_REGISTER)
    code = _CODES[answer.state]
    return FindDetails.model_construct(
        code=code.value,
        status=code.name,
        item_id=item_id,
        origin=origin,
        detail=answer.detail,
        record=answer.record,
    )


def _origin(origin: Origin, source: SourceAnswer | None) -> FindOrigin:
    if source is None:
        code = FindCode.ORIGIN_UNREACHABLE
        return FindOrigin(origin=origin, code=code.value, status=code.name, detail=_NO_REGISTER, entries=[])
    hits = ranked([source])
    code = _code_of(source, hits)
    entries = [_entry(origin, each) for each in hits]
    return FindOrigin(origin=origin, code=code.value, status=code.name, detail=source.detail, entries=entries)


def _code_of(source: SourceAnswer, hits: Sequence[RankedHit]) -> FindCode:
    if source.state not in ANSWERS:
        return _CODES[source.state]
    if hits:
        return FindCode.NO_ERROR
    is_known = is_complete(source) and not has_records(source)
    return FindCode.NO_ANSWER if is_known else FindCode.ORIGIN_INCOMPLETE


def _code_of_all(codes: Iterable[FindCode]) -> FindCode:
    """Return the code for all: entries of one origin count, and otherwise the silence of any."""
    known = [*codes]
    if FindCode.NO_ERROR in known:
        return FindCode.NO_ERROR
    return next((each for each in known if each is not FindCode.NO_ANSWER), FindCode.NO_ANSWER)


def _entry(origin: Origin, hit: RankedHit) -> FindEntry:
    record = hit.shown.record
    found = _number_found(hit)
    # A range of blanks has no number of its own.
    document = record if record.get("first_number") else _document_in(record, found) or {}
    return FindEntry(
        item_id=f"{origin}:{record['id']}",
        number=found,
        country=document.get("issuer") or document.get("country"),
        type=document.get("type") or document.get("kind"),
        status=record.get("status"),
        colour=record.get("colour"),
        owner=record["owner"],
        score=hit.shown.score,
        near=hit.is_near,
    )


def _number_found(hit: RankedHit) -> str | None:
    fields = {
        parameter for each in hit.register.questions for name, parameter in each.parameters.items() if name == NUMBER
    }
    return next((each.found for each in hit.shown.why if each.field in fields), None)


def _document_in(record: Mapping[str, Any], number: str | None) -> Mapping[str, Any] | None:
    """Return the part of a record that has a number: the record itself, or one of the documents of its person."""
    parts: list[Any] = [record]
    for _ in range(MAX_PARTS):
        if not parts:
            break
        part = parts.pop()
        if isinstance(part, dict):
            if number is not None and part.get("number") == number:
                return part
            parts.extend(part.values())
        elif isinstance(part, list):
            parts.extend(part)
    return None


def register_of(origin: Origin, registers: Iterable[Register]) -> Register | None:
    """Return the register that is an origin, if this network has it."""
    return next((each for each in registers if each.origin == origin), None)
