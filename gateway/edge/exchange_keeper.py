"""Keeps what passes the edge of a sandbox, before it is answered, so that its officers can ask why."""

from typing import Any, Final

import msgspec

from gateway.edge.access import refusal_response
from gateway.edge.edge import PREFIX, EdgeRequest, PartOfRequest
from gateway.sandbox.exchanges import MAX_LOCATION, Exchange, Exchanges, KeptParcel, KeptRefusal
from shared.clock import Clock
from shared.errors import PROBLEM_JSON, Refusal, TimedOut
from shared.logs import Log
from shared.mailbox.opening import RefusedMessage
from shared.protocol.envelope import EnvelopeRefused, MessageHead, RequestHead
from shared.protocol.verifier import parse
from shared.rpc.client import NewId, Reply, Trace
from shared.sandbox.faults import Fault, Faults, FaultStep

MAX_TARGET: Final = 4_000
FIRST_ERROR: Final = 400
MAX_PROBLEM: Final = 64 * 1024
# Requests under way of which a part was sent.
MAX_UNDER_WAY: Final = 1_000


class ExchangeKeeper:
    """Keeps each exchange of an edge: of a refusal the problem too, of any other answer the parcels alone."""

    def __init__(self, exchanges: Exchanges, faults: Faults, clock: Clock, log: Log, new_id: NewId) -> None:
        self._exchanges = exchanges
        self._faults = faults
        self._new_id = new_id
        self._clock = clock
        self._log = log
        self._parts = dict[tuple[str, str], list[str]]()

    def new_id(self) -> str:
        """Return an id for a request that is refused before it has one."""
        return self._new_id(self._clock.now())

    def see_refused(self, refused: RefusedMessage) -> None:
        """Keep a message that a bureau refused, if it has an id by which it can be asked for."""
        try:
            message_id = parse(MessageHead, refused.parcel.signature)[1].id
            self._exchanges.keep_refusal(self._refusal(message_id, refused))
        except EnvelopeRefused:
            return
        except OSError as error:
            self._log.failure("refusal-not-kept", error)

    def _refusal(self, message_id: str, refused: RefusedMessage) -> KeptRefusal:
        bureau, sender, parcel, reason, detail = refused
        return KeptRefusal(
            id=message_id,
            at=self._clock.now().timestamp(),
            bureau=bureau,
            sender=sender,
            signature=parcel.signature,
            body=parcel.body,
            key=parcel.key,
            reason=reason,
            detail=detail,
        )

    def see(self, request: EdgeRequest, message: Any) -> None:
        """Keep an exchange when its answer begins, and that of a problem when its body is there, which is one part."""
        begins, is_problem = message["type"] == "http.response.start", _is_problem(request)
        if begins is not is_problem:
            self._keep(self._exchange(request, b"" if begins else message.get("body", b"")))

    def see_part(self, part: PartOfRequest, trace: Trace, outcome: Reply | Refusal | None) -> None:
        """Keep what an application of the gateway asked a service, unless nothing was signed."""
        if trace.request is None:
            return
        exchange = self._part(part, trace, outcome)
        parts = self._parts.setdefault((part.caller.bureau, part.caller.request_id), [])
        parts.append(exchange.id)
        if len(self._parts) > MAX_UNDER_WAY:
            del self._parts[next(iter(self._parts))]
        self._keep(exchange)

    def _part(self, part: PartOfRequest, trace: Trace, outcome: Reply | Refusal | None) -> Exchange:
        (caller, service, request), sent = part, trace.request
        assert sent is not None  # noqa: S101 - something was signed
        request_id = parse(RequestHead, sent.signature)[1].id
        status, problem = _status_and_problem(outcome)
        return Exchange(
            id=request_id,
            at=self._clock.now().timestamp(),
            method=request.method,
            target=request.target[:MAX_TARGET],
            service=service,
            bureau=caller.bureau,
            officer=caller.officer,
            purpose=caller.purpose,
            status=status,
            problem=problem[:MAX_PROBLEM],
            location="",
            request=KeptParcel.of(sent),
            reply=KeptParcel.of(trace.reply),
            faults=self._met(request_id, caller.bureau),
        )

    def _keep(self, exchange: Exchange) -> None:
        try:
            self._exchanges.keep(exchange)
        except OSError as error:
            self._log.failure("exchange-not-kept", error)

    def _exchange(self, request: EdgeRequest, problem: bytes) -> Exchange:
        entry, scope, trace = request.entry, request.scope, request.trace or Trace()
        return Exchange(
            id=entry["id"],
            at=self._clock.now().timestamp(),
            method=entry["method"],
            # Only a bureau may know what it asked.
            target=_target(scope) if "bureau" in entry else f"{PREFIX}{entry.get('service', '')}",
            service=entry.get("service"),
            bureau=entry.get("bureau"),
            officer=entry.get("officer"),
            purpose=entry.get("purpose"),
            status=entry["status"],
            problem=problem[:MAX_PROBLEM],
            location=request.answer_headers.get(b"location", b"").decode("ascii", "replace")[:MAX_LOCATION],
            request=KeptParcel.of(trace.request),
            reply=KeptParcel.of(trace.reply),
            faults=self._met(entry["id"], entry.get("bureau")),
            parts=tuple(self._parts.pop((entry.get("bureau", ""), entry["id"]), ())),
        )

    def _met(self, request_id: str, bureau: str | None) -> tuple[Fault, ...]:
        """Return the faults that happened to a request; without a valid token only such as refused a good one."""
        met = self._faults.met(request_id, bureau)
        return tuple(
            msgspec.structs.replace(each, requests=())
            for each in met
            if bureau is not None or each.step is FaultStep.TOKEN
        )


def _target(scope: Any) -> str:
    path: bytes = scope["raw_path"][:MAX_TARGET]
    query: bytes = scope["query_string"][:MAX_TARGET]
    return (path + b"?" + query if query else path).decode("ascii", "backslashreplace")


def _is_problem(request: EdgeRequest) -> bool:
    return request.answer_headers.get(b"content-type") == PROBLEM_JSON.encode()


def _status_and_problem(outcome: Reply | Refusal | None) -> tuple[int, bytes]:
    """Return the status and the problem of what came of a part of a request."""
    if isinstance(outcome, Reply):
        return outcome.head.status, outcome.body if outcome.head.status >= FIRST_ERROR else b""
    refusal = outcome or TimedOut("the application of the gateway did not wait any longer")
    status, _, problem = refusal_response(refusal, changes=False)
    return status, problem
