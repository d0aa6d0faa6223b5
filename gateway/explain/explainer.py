"""Explains what an officer asks about: a request of their bureau, or a message in its mailbox; nothing of others."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy.engine import Row

from gateway.auth.tokens import Grant, Tokens
from gateway.checks.registers import place_of
from gateway.edge.access import bearer_token, on_behalf_of, single_headers
from gateway.edge.service_proxy import ServiceProxy
from gateway.explain.envelopes import shown
from gateway.explain.exchanges import Known, code_of, exchange_steps
from gateway.explain.faults import fault_steps, in_words
from gateway.explain.messages import message_steps, refusal_steps, stored_message
from gateway.explain.models import EnvelopeShown, ExplainedPart, Step, StepExplanation
from gateway.messages import SERVICE as MESSAGES
from gateway.sandbox.exchanges import Exchange, Exchanges, KeptParcel
from shared.bureaus import BureauCode
from shared.errors import NotFound, Refusal, ScopeMissing
from shared.mailbox.host import MailboxHost
from shared.protocol.http import HttpRequest
from shared.protocol.parcel import Parcel
from shared.records.search.near_misses import PATH as NEAR_MISSES
from shared.records.search.near_misses import NearMisses
from shared.rpc.client import Requester
from shared.rpc.participant import Participant
from shared.sandbox.faults import Faults

FOUND: Final = 200

RawHeaders = list[tuple[bytes, bytes]]


class Explainer:
    """Explains the exchanges and messages of a gateway in a sandbox."""

    def __init__(
        self,
        exchanges: Exchanges,
        faults: Faults,
        tokens: Tokens,
        requesters: Mapping[BureauCode, Requester],
        proxies: Mapping[str, ServiceProxy],
        mailboxes: MailboxHost,
    ) -> None:
        self._exchanges = exchanges
        self._faults = faults
        self._tokens = tokens
        self._requesters = requesters
        self._proxies = proxies
        self._mailboxes = mailboxes

    async def explain(self, asked: str, headers: RawHeaders) -> StepExplanation:
        """Return what happened to the request or message with an id.

        Raises NotFound, also for what is not of the caller's bureau, Unauthenticated, ScopeMissing, and what
        `on_behalf_of` raises.
        """
        single = single_headers(headers)
        grant = await self._tokens.check(bearer_token(single))
        exchange = await self._exchange(asked, grant.bureau)
        if exchange is not None:
            return await self._explain_exchange(exchange, grant, single)
        on_behalf_of(single, grant, MESSAGES.name, [f"{MESSAGES.name}:read"])
        return await self._explain_message(asked, grant.bureau)

    async def _exchange(self, asked: str, bureau: BureauCode) -> Exchange | None:
        """Return the exchange of a bureau with an id; or one without a valid token, if that is the id of nothing else.

        Otherwise a client without a token could hide a message of the bureau, whose id it knows.
        """
        own = self._exchanges.find(asked, bureau)
        if own is not None or self._exchanges.find_refusal(asked, bureau) is not None:
            return own
        refused = self._exchanges.find(asked, None)
        if refused is None:
            return None
        mailbox, _ = await self._mailboxes.of(bureau)
        return None if await mailbox.reading.find(asked) else refused

    async def _explain_exchange(
        self, exchange: Exchange, grant: Grant, headers: Mapping[bytes, bytes]
    ) -> StepExplanation:
        requester, proxy = self._requesters.get(grant.bureau), self._proxies.get(exchange.service or "")
        if requester is None:
            raise _not_here(exchange.id)
        operations = None if proxy is None else await proxy.operations()
        known = Known(requester.directory, operations, requester.transport.max_parcel_bytes)
        # The body of an answer was disclosed to this officer, and not to their colleagues.
        is_own = exchange.officer == grant.officer
        if not is_own:
            _require_scope(exchange, grant, proxy)
        steps = list(exchange_steps(exchange, known))
        why_not = await self._why_not(exchange, grant, headers, steps)
        return StepExplanation(
            id=exchange.id,
            about="request",
            says=_summary(exchange, steps),
            request=_shown(exchange.request, whole=is_own),
            answer=_shown(exchange.reply, whole=is_own),
            steps=steps,
            parts=[*map(_part, self._parts(exchange, grant.bureau))],
            why_not=why_not,
        )

    def _parts(self, exchange: Exchange, bureau: BureauCode) -> list[Exchange]:
        """Return what was asked of services for a request, as far as it is kept: as its answer lists the registers."""
        kept = filter(None, (self._exchanges.find(each, bureau) for each in exchange.parts))
        return sorted(kept, key=lambda part: place_of(part.target))

    async def _why_not(
        self, exchange: Exchange, grant: Grant, headers: Mapping[bytes, bytes], steps: list[Step]
    ) -> NearMisses | None:
        """Ask the service what a search did not find, in the name of the officer who asks now, as any request."""
        proxy, requester = self._proxies.get(exchange.service or ""), self._requesters.get(grant.bureau)
        if proxy is None or requester is None or exchange.status != FOUND or exchange.request is None:
            return None
        path, _, query = exchange.target.partition("?")
        operation = (await proxy.operations()).find(exchange.method, f"{path}{NEAR_MISSES}")
        if not operation.needed:
            # The service has none for this path, so it is no search.
            return None
        target = f"{path}{NEAR_MISSES}" + (f"?{query}" if query else "")
        content_type = shown(exchange.request.parcel, whole=False).head or {}
        request = HttpRequest(exchange.method, target, str(content_type.get("content_type", "")), exchange.request.body)
        try:
            officer = on_behalf_of(headers, grant, proxy.name, proxy.scopes, operation.scopes)
            reply = await proxy.ask(requester, request, officer)
        except Refusal as refusal:
            steps.append(_no_search(refusal.detail))
            return None
        if reply.head.status != FOUND:
            steps.append(_no_search(f"the service answered {reply.head.status}"))
            return None
        return NearMisses.model_validate_json(reply.body)

    async def _explain_message(self, message_id: str, bureau: BureauCode) -> StepExplanation:
        mailbox, participant = await self._mailboxes.of(bureau)
        rows = await mailbox.reading.find(message_id)
        if not rows:
            return self._explain_refusal(message_id, participant)
        message = await stored_message(mailbox, participant, rows[0])
        steps = [*message_steps(message, participant), *fault_steps(self._faults.met(message_id))]
        row: Row[object] = rows[0]
        return StepExplanation(
            id=message_id,
            about="message",
            says=_with_reason(f"{row.sender} sent the message; {bureau} has it in its {row.box}", steps),
            request=shown(Parcel(row.signature, row.sealed), whole=True),
            answer=None,
            steps=steps,
            parts=[],
            why_not=None,
        )

    def _explain_refusal(self, message_id: str, bureau: Participant) -> StepExplanation:
        kept = self._exchanges.find_refusal(message_id, bureau.name)
        if kept is None:
            raise _not_here(message_id)
        steps = [*refusal_steps(kept, bureau), *fault_steps(self._faults.met(message_id))]
        return StepExplanation(
            id=message_id,
            about="message",
            says=_with_reason(f"{kept.sender} sent the message; {bureau.name} did not take it, {kept.reason}", steps),
            request=shown(kept.parcel, whole=True),
            answer=None,
            steps=steps,
            parts=[],
            why_not=None,
        )


def _require_scope(exchange: Exchange, grant: Grant, proxy: ServiceProxy | None) -> None:
    """Require a scope of the service from a colleague, who is shown what was asked. Raises ScopeMissing."""
    if exchange.officer is None or exchange.service is None:
        return
    needed = proxy.scopes if proxy is not None else (f"{exchange.service}:read",)
    if not set(needed) & set(grant.scopes):
        raise ScopeMissing(
            f"another officer asked {exchange.service}: to have that explained you need one of {', '.join(needed)}"
        )


def _not_here(asked: str) -> NotFound:
    return NotFound(f"no request or message {asked} of your bureau is kept here: only the last requests are")


def _no_search(why: str) -> Step:
    return Step(part="search", step="why not", result="undecided", says=why)


def _shown(kept: KeptParcel | None, *, whole: bool) -> EnvelopeShown | None:
    return None if kept is None else shown(kept.parcel, whole=whole)


def _summary(exchange: Exchange, steps: list[Step]) -> str:
    if exchange.status < 400:
        return "; ".join([_result(exchange), *(in_words(each) for each in exchange.faults)]) + "."
    return _with_reason(_result(exchange), steps)


def _result(exchange: Exchange) -> str:
    asked = f"{exchange.method} {exchange.target.partition('?')[0]} was answered {exchange.status}"
    return f"{asked} {code_of(exchange)}".rstrip()


def _part(exchange: Exchange) -> ExplainedPart:
    return ExplainedPart(id=exchange.id, service=exchange.service or "", says=f"{_result(exchange)}.")


def _with_reason(result: str, steps: list[Step]) -> str:
    """Return a result with the reason: the fault of the sandbox that caused it, or else the first step that failed."""
    failures = [each for each in steps if each.result == "failed"]
    # A message that a fault delayed is sent again, and arrives.
    is_well = all(each.result == "ok" for each in steps if each.part != "sandbox")
    if is_well or not failures:
        return f"{result}."
    reason = next((each for each in failures if each.part == "sandbox"), failures[0])
    where = "" if reason.part == "sandbox" else f"{reason.part}, {reason.step}: "
    return f"{result}: {where}{reason.says.removesuffix('.')}."
