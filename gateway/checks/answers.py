"""Reads the answers of registers: what each found, of whatever kind of record, and why it did not answer."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Any, Final, NamedTuple

import msgspec

from gateway.checks.models import SourceState
from gateway.checks.registers import Inputs, Question, Register
from shared.errors import (
    PROBLEM_TYPE_PREFIX,
    REFUSALS,
    Invalid,
    NotFound,
    Refusal,
    ScopeMissing,
    TimedOut,
    fault,
    in_one_line,
)
from shared.ids import UUID_PATTERN
from shared.mrz import ZoneUnreadable
from shared.protocol.envelope import RefusalReason
from shared.rpc.client import Reply

OK: Final = 200
MAX_DETAIL: Final = 1_000


class Why(msgspec.Struct, frozen=True):
    """How one field of a search was met."""

    field: str
    asked: str
    found: str | None
    score: float
    reading: str | None = None


class FoundRecord(msgspec.Struct, frozen=True):
    """A record that a register found, as it shows it."""

    score: float
    match: str
    why: tuple[Why, ...]
    record: dict[str, Any]


class _Shown(msgspec.Struct, frozen=True):
    """What a check reads of a record, of whatever kind."""

    id: Annotated[str, msgspec.Meta(pattern=UUID_PATTERN)]
    owner: str
    number: str | None = None
    colour: str | None = None
    status: str | None = None
    type: str | None = None


class SearchWarning(msgspec.Struct, frozen=True):
    """What a register warns of in a search."""

    code: str
    pointer: str
    detail: str


class _LineError(msgspec.Struct, frozen=True):
    code: str
    pointer: str
    detail: str


class Found(msgspec.Struct, frozen=True):
    """What a register found for one question."""

    hits: tuple[FoundRecord, ...] | None = None
    total: int | None = None
    near: tuple[FoundRecord, ...] = ()
    warnings: tuple[SearchWarning, ...] = ()
    error: _LineError | None = None


class _Lines(msgspec.Struct, frozen=True):
    results: tuple[Found, ...]


class _Fault(msgspec.Struct, frozen=True):
    detail: str
    pointer: str = ""


class _Problem(msgspec.Struct, frozen=True):
    type: str = ""
    detail: str = ""
    reason: str = ""
    errors: tuple[_Fault, ...] = ()


class SourceAnswer(NamedTuple):
    """What became of one register in a check."""

    register: Register
    questions: tuple[Question, ...]
    asked: tuple[str, ...]
    """What the check states of what it asks for."""

    state: SourceState = SourceState.UNREACHABLE
    found: Sequence[Found] = ()
    """For each question."""

    stated: Inputs = MappingProxyType({})
    """What the check states."""

    left_out: tuple[SearchWarning, ...] = ()
    """What the register refused of what narrows the search, so that it was asked without."""

    refused: "PartRefused | None" = None
    """What it refused to be asked."""

    unread: tuple[ZoneUnreadable, ...] = ()
    """Why it was not asked for all that it would be, if the machine-readable zone could be read."""

    refusal: Refusal | None = None
    """Why it could not be asked, or did not answer."""

    detail: str | None = None
    request_id: str | None = None


UNREADABLE: Final = "unreadable"
"""The code of the warning that a register was not asked for a part of the zone that could not be read."""


def with_unread(answer: SourceAnswer, unread: tuple[ZoneUnreadable, ...]) -> SourceAnswer:
    """Return the answer of a register that was not asked for what could not be read: it is never `none`."""
    if not unread:
        return answer
    detail = "; ".join(f"the zone, {each}" for each in unread)
    if answer.state is SourceState.NONE:
        return answer._replace(state=SourceState.UNREADABLE, detail=detail, unread=unread)
    warnings = (SearchWarning(UNREADABLE, "/mrz", str(each)) for each in unread)
    return answer._replace(unread=unread, left_out=(*answer.left_out, *warnings))


class ReadAnswer(NamedTuple):
    """What became of the request for one record."""

    state: SourceState
    record: dict[str, Any] | None
    detail: str | None


_STATES: Final = {TimedOut: SourceState.TIMEOUT, ScopeMissing: SourceState.NOT_ALLOWED}
_STATES_BY_STATUS: Final = {each.status: state for each, state in _STATES.items()}
# An envelope that cannot be trusted is no decision about the officer or the bureau; one of a suspended bureau is.
_NOT_TRUSTED: Final = frozenset(RefusalReason) - {RefusalReason.KEY_NOT_VALID}

_record: Final = msgspec.json.Decoder(dict[str, Any])
_search: Final = msgspec.json.Decoder(Found)
_lines: Final = msgspec.json.Decoder(_Lines)
_problem: Final = msgspec.json.Decoder(_Problem)


def answer_in(asked: SourceAnswer, reply: Reply, *, in_lines: bool) -> SourceAnswer:
    """Return what a register answered. Raises PartRefused where it refuses what the check states."""
    head, asked = reply.head, asked._replace(request_id=reply.request_id)
    if head.error is None and head.status == OK:
        return _with_found(asked, reply.body, in_lines=in_lines)
    problem = _problem_in(reply.body)
    if head.status == Invalid.status and head.error is None:
        raise PartRefused(asked, problem.errors or (_Fault(problem.detail),))
    return asked._replace(state=_state_of(head.status, problem), detail=_in_words(problem, head.status))


def refusal_of(asked: SourceAnswer, refusal: Refusal) -> SourceAnswer:
    """Return the answer of a register that could not be asked, or did not answer."""
    sent, detail = refusal.members.get("instance"), f"{refusal.code}: {refusal.detail}"
    return asked._replace(state=state_of(refusal), refusal=refusal, detail=detail, request_id=sent)


def state_of(refusal: Refusal) -> SourceState:
    """Return the state of a register that could not be asked, or did not answer."""
    return _STATES.get(type(refusal), SourceState.UNREACHABLE)


def _state_of(status: int, problem: _Problem) -> SourceState:
    if problem.reason in _NOT_TRUSTED:
        return SourceState.UNREACHABLE
    return _STATES_BY_STATUS.get(status, SourceState.UNREACHABLE)


def record_in(reply: Reply) -> ReadAnswer:
    """Return the record that a register shows, or why it shows none."""
    head = reply.head
    if head.error is None and head.status == OK:
        try:
            return ReadAnswer(SourceState.ANSWERED, _record.decode(reply.body), None)
        except (ValueError, RecursionError):
            return ReadAnswer(SourceState.UNREACHABLE, None, "its answer does not have the form of a record")
    if head.error is None and head.status == NotFound.status:
        return ReadAnswer(SourceState.NONE, None, None)
    problem = _problem_in(reply.body)
    return ReadAnswer(_state_of(head.status, problem), None, _in_words(problem, head.status))


def _with_found(asked: SourceAnswer, body: bytes, *, in_lines: bool) -> SourceAnswer:
    try:
        found = _lines.decode(body).results if in_lines else (_search.decode(body),)
        for shown in (one for each in found for one in (*(each.hits or ()), *each.near)):
            msgspec.convert(shown.record, _Shown)
    except (ValueError, RecursionError):
        # The error is not repeated: it may name people.
        return asked._replace(detail=f"the answer of {asked.register.service} does not have the form of a search")
    for each in found:
        if each.error is not None and each.error.code == Invalid.code:
            raise PartRefused(asked, (_Fault(each.error.detail, each.error.pointer),))
    if len(found) != len(asked.questions if in_lines else found) or any(each.hits is None for each in found):
        return asked._replace(detail=f"{asked.register.service} did not search for all that it was asked")
    is_none = not any(each.hits or each.near or each.total or _withholds(each) for each in found)
    return asked._replace(state=SourceState.NONE if is_none else SourceState.ANSWERED, found=found)


def _withholds(found: Found) -> bool:
    return any(each.code == WITHHELD for each in found.warnings)


WITHHELD: Final = "withheld"
"""The code of the warning that confidential hits are left out, as the officer may not read them."""


LEFT_OUT: Final = "left-out"
"""The code of the warning that a register refused a part of what narrows its search, and was asked without it."""


class PartRefused(Exception):
    """A register refuses a part of what the check states."""

    def __init__(self, asked: SourceAnswer, faults: Sequence[_Fault]) -> None:
        super().__init__(f"{asked.register.service} refuses a part")
        self.asked = asked
        self._service = asked.register.service
        self._inputs = {parameter: name for each in asked.questions for name, parameter in each.parameters.items()}
        self._faults = faults

    @property
    def narrowing(self) -> frozenset[str]:
        """What it refuses, if it can be asked without; otherwise empty."""
        refused = {self._inputs.get(_last(each), "") for each in self._faults}
        needed = {name for each in self.asked.questions for name in each.needed}
        return frozenset() if refused & (needed | {""}) else frozenset(refused)

    @property
    def warnings(self) -> tuple[SearchWarning, ...]:
        """What is said of the parts that were left out."""
        return tuple(
            SearchWarning(LEFT_OUT, f"/{_last(each)}", f"left out: {self._words(each)}") for each in self._faults
        )

    @property
    def as_silence(self) -> SourceAnswer:
        """The answer of a register that could not be asked for this."""
        detail = "; ".join(map(self._words, self._faults))[:MAX_DETAIL]
        return self.asked._replace(state=SourceState.UNREACHABLE, detail=detail, refused=self)

    def at(self, places: Mapping[str, str]) -> Invalid:
        """Return the refusal of the check, at the places that state those parts."""
        errors = [fault(self._place(each, places), self._words(each)) for each in self._faults]
        return Invalid(in_one_line(errors), errors=errors)

    def _place(self, found: _Fault, places: Mapping[str, str]) -> str:
        return places.get(self._inputs.get(_last(found), ""), "")

    def _words(self, found: _Fault) -> str:
        return f"{self._service} refuses it: {found.detail}"[:MAX_DETAIL]


def _last(found: _Fault) -> str:
    return found.pointer.rpartition("/")[2]


def _problem_in(body: bytes) -> _Problem:
    try:
        return _problem.decode(body)
    except (ValueError, RecursionError):
        return _Problem()


def _in_words(problem: _Problem, status: int) -> str:
    code = problem.type.lower().removeprefix(PROBLEM_TYPE_PREFIX)
    if code not in REFUSALS:
        return f"it answered {status}"
    return f"{code}: {problem.detail}"[:MAX_DETAIL]
