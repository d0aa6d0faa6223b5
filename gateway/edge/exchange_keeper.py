"""Keeps what passes the edge of a sandbox, before it is answered, so that its officers can ask why."""

from typing import Any, Final

import msgspec

from gateway.edge.edge import PREFIX, EdgeRequest
from gateway.sandbox.exchanges import MAX_LOCATION, Exchange, Exchanges, KeptParcel, KeptRefusal
from shared.clock import Clock
from shared.errors import PROBLEM_JSON
from shared.logs import Log
from shared.mailbox.opening import RefusedMessage
from shared.protocol.envelope import EnvelopeRefused, MessageHead
from shared.protocol.verifier import parse
from shared.rpc.client import NewId, Trace
from shared.sandbox.faults import Fault, Faults, FaultStep

MAX_TARGET: Final = 4_000
MAX_PROBLEM: Final = 64 * 1024


class ExchangeKeeper:
    """Keeps each exchange of an edge: of a refusal the problem too, of any other answer the parcels alone."""

    def __init__(self, exchanges: Exchanges, faults: Faults, clock: Clock, log: Log, new_id: NewId) -> None:
        self._exchanges = exchanges
        self._faults = faults
        self._new_id = new_id
        self._clock = clock
        self._log = log

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
            try:
                self._exchanges.keep(self._exchange(request, b"" if begins else message.get("body", b"")))
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
