"""A mesh inside one process: bureaus and services on a broker in memory, and their gateways."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache, partial
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import httpx
import msgspec

from gateway.app import Gateway
from gateway.auth.account_store import Account
from gateway.auth.logins import Logins
from gateway.auth.tokens import OwnTokens, TokenIssuer, Tokens
from gateway.browser_sessions.sessions import register_browser_sessions
from gateway.context import GatewayContext
from gateway.hits.worker import register_hits
from gateway.messages.events import Streams
from gateway.messages.publications import register_publications
from gateway.messages.releases import register_releases
from gateway.messages.webhooks.sender import WebhookSender
from gateway.messages.webhooks.targets import Targets
from gateway.messages.webhooks.worker import register_webhooks
from gateway.standing.worker import register_standing
from gateway.subject_requests.worker import register_subject_requests
from gateway.tables import GATEWAY_TABLES
from gateway.traces.worker import register_traces
from shared.bureaus import MAILBOX_KINDS, PUBLIC, BureauCode, ParticipantKind, kind_of
from shared.clock import Clock, FixedClock
from shared.crypto.ed25519 import SigningKey, encode_base64url
from shared.crypto.hpke import SealingKey
from shared.identity import Purpose
from shared.logs import Log
from shared.mailbox.host import MailboxHost
from shared.mailbox.mailbox import Mailboxes
from shared.mailbox.quotas import Quotas
from shared.mailbox.service_outbox import ServiceOutbox
from shared.mailbox.tables import TABLES
from shared.protocol.directory import Directory
from shared.protocol.directory_entry import Entry, sign_entry
from shared.protocol.directory_log import DirectoryPart, log_head
from shared.protocol.signed_times import SignedTimes
from shared.rpc.asgi import Application
from shared.rpc.bridge import Bridge
from shared.rpc.client import Requester
from shared.rpc.keyring import KeyRing, PrivateKeys
from shared.rpc.participant import Participant
from shared.service import Service
from shared.service_process import RecordKeeping
from shared.storage.migrations import TableSet
from shared.transport import Handler, ServiceCard, Subscription
from shared.transport.memory import MemoryBroker
from shared.transport.subjects import request_subject
from tests.conftest import store_of
from tests.gateway.accounts import BUREAUS, AccountFiles, officers_of
from tests.stores import make_file
from tests.support import Agreed

BODY_LIMIT: Final = 10_000
TOKENS_VALID_FOR: Final = timedelta(minutes=60)


class SkewedClock(FixedClock):
    """A clock at an offset from another."""

    def __init__(self, right: FixedClock, by: timedelta) -> None:
        super().__init__(right.now())
        self._right = right
        self._by = by

    def now(self) -> datetime:
        """Return the time it shows."""
        return self._right.now() + self._by

    def monotonic(self) -> float:
        """Return the seconds that have passed."""
        return self._right.monotonic()

    def advance(self, by: timedelta) -> None:
        """Let a span of time pass for both."""
        self._right.advance(by)

    def step(self, by: timedelta) -> None:
        """Step this clock, and not the other."""
        self._by += by


@cache
def keys_of(number: int) -> tuple[SigningKey, SealingKey]:
    """Return the keys of a participant. Deriving them takes a millisecond."""
    return SigningKey(bytes([number]) * 32), SealingKey(bytes([number]) * 32)


class Mesh:
    """Bureaus, and the services that were started."""

    def __init__(
        self,
        clock: FixedClock,
        mailboxes: Path | None = None,
        quotas: Quotas | None = None,
        *,
        of_services: FixedClock | None = None,
        broker: MemoryBroker | None = None,
        times: Callable[[], SignedTimes] = Agreed,
    ) -> None:
        """Bureaus use `clock`, and services the same unless `of_services` is given. A broker may be shared.

        The times of other participants agree with each clock, unless `times` is given.
        """
        self._folder = mailboxes
        self._quotas = quotas
        self.clock = clock
        self.clock_of_services = of_services or clock
        self._times = times
        self.participants: dict[str, Participant] = {}
        self.broker = broker or MemoryBroker()
        self.root = SigningKey(bytes([1]) * 32)
        self.directory = Directory(self.root.public)
        self.token_key = SigningKey(bytes([2]) * 32)
        self.issuer = TokenIssuer(self.token_key, clock, TOKENS_VALID_FOR)
        self.written = BytesIO()
        self.log = Log("test", level="debug", stream=self.written, clock=clock)
        self.mailbox_host = MailboxHost(self._mailboxes())
        self.event_streams, self.webhook_sender = Streams(), WebhookSender(Targets(private=False))
        register_webhooks(self.mailbox_host, self.webhook_sender)
        register_hits(self.mailbox_host)
        register_traces(self.mailbox_host)
        register_subject_requests(self.mailbox_host)
        register_standing(self.mailbox_host)
        register_releases(self.mailbox_host)
        register_publications(self.mailbox_host)
        register_browser_sessions(self.mailbox_host)
        self.at_hand: dict[str, PrivateKeys] = {}
        self.records: dict[str, RecordKeeping] = {}
        self.bureaus: Mapping[BureauCode, Participant] = {
            bureau: self.join(bureau, kind_of(bureau), number) for number, bureau in enumerate(BUREAUS, start=10)
        }
        self.accounts_at = AccountFiles()
        self.accounts = self.accounts_at.open(self.log)

    def join(self, name: str, kind: ParticipantKind, number: int) -> Participant:
        """Enter a participant into the directory and connect it; its keys are derived from the number."""
        self.at_hand[name] = PrivateKeys([], [])
        self.give_key(name, kind, number)
        if kind == "service":
            self.broker.kept.ensure_streams([], [name])
        clock = self.clock_of_services if kind == "service" else self.clock
        keys = KeyRing(name, self.directory, clock, lambda: self.at_hand[name])
        connected = Participant(name, keys, self.directory, self.broker.connect(name), clock, self.log, self._times())
        return self.participants.setdefault(name, connected)

    def give_key(self, name: str, kind: ParticipantKind, number: int) -> None:
        """Enter another key of a participant into the directory, and give it the private part."""
        key, sealing_key = keys_of(number)
        now = self.clock.now()
        held = self.at_hand[name]
        self.at_hand[name] = PrivateKeys([*held.signing, key], [*held.sealing, sealing_key])
        entry = Entry(
            participant=name,
            kind=kind,
            signing_key=encode_base64url(key.public.raw),
            sealing_key=encode_base64url(sealing_key.public.raw) if kind in MAILBOX_KINDS else "",
            nats_user="",
            issued=now.timestamp(),
            not_before=now.timestamp() - 3_600,
            not_after=(now + timedelta(days=1000)).timestamp(),
        )
        self._enter(entry)

    def change_entries(self, name: str, **changed: Any) -> None:
        """Reissue the entries of a participant with changes, as the Secretariat does."""
        for entry in self.directory.entries_of(name):
            self._enter(msgspec.structs.replace(entry, issued=entry.issued + 1, **changed))

    def _enter(self, entry: Entry) -> None:
        log, jws = self.directory.log, sign_entry(entry, self.root)
        self.directory.take(DirectoryPart(log_head([*log.entries(), jws], self.root), log.size, [jws]))

    async def serve(self, service: Service, application: Application, *, number: int = 100) -> Subscription:
        """Let an application answer the requests to a service."""
        participant = self.join(service.name, "service", number)
        return await self.handle(participant, Bridge(application, participant).handle)

    async def handle(self, participant: Participant, handler: Handler) -> Subscription:
        """Let a handler receive the requests to a service, whatever it does with them."""
        card = ServiceCard(participant.name, "", dict)
        return await participant.transport.serve(
            request_subject(participant.name, "*"), handler, senders=(*BUREAUS, PUBLIC), card=card
        )

    async def start(self, service: Service, folder: Path, stack: AsyncExitStack, *, number: int) -> Subscription:
        """Start a real service on a store in a folder, until the stack is closed."""
        database = await stack.enter_async_context(store_of(service, f"sqlite:///{folder / service.name}.db"))
        participant = self.join(service.name, "service", number)
        post: ServiceOutbox | None = None
        if self._folder is not None:
            post = self.post_of(participant)
            await stack.enter_async_context(post.running())
        records = self.records[service.name] = RecordKeeping(service, database, participant, post)
        application = service.create_app(records.context(1))
        await stack.enter_async_context(application.router.lifespan_context(application))
        await stack.enter_async_context(records.running())
        return await self.handle(participant, Bridge(application, participant, audit=records.audit).handle)

    def post_of(self, service: Participant) -> ServiceOutbox:
        """Return the outbox of a service, as each of its processes has one."""
        return ServiceOutbox(service, self._mailboxes(service.clock, (TABLES,)))

    @asynccontextmanager
    async def handling_mail(self, *bureaus: str) -> AsyncIterator[httpx.AsyncClient]:
        """Handle the mail of bureaus, of all unless some are named, and yield a client of their gateway."""
        await self.broker.connect("IPSG").ensure_streams(BUREAUS)
        for bureau in bureaus or BUREAUS:
            self.mailbox_host.host(self.bureaus[BureauCode(bureau)])
        try:
            async with client_of(self.gateway()) as client:
                yield client
        finally:
            self.event_streams.closed = True
            await self.mailbox_host.close()

    def gateway(self, *services: Service, **changes: Any) -> Gateway:
        """Return a gateway of all bureaus with these services, and with changed parts if given."""
        self.accounts_at.enlist(*officers_of(*services))
        self.accounts.look()
        parts = GatewayContext(
            services=services,
            requesters={bureau: Requester(participant) for bureau, participant in self.bureaus.items()},
            mailbox_host=self.mailbox_host,
            event_streams=self.event_streams,
            webhook_sender=self.webhook_sender,
            tokens=self.tokens(),
            logins=Logins(self.accounts, self.clock),
            issuer=self.issuer,
            body_limit=BODY_LIMIT,
            clock=self.clock,
            log=self.log,
        )
        return Gateway(replace(parts, **changes))

    def token(self, bureau: str, *scopes: str, purpose: Purpose | None = Purpose.SECURITY_CHECK) -> str:
        """Return a token of an officer of a bureau, without asking for a password."""
        return self.token_of(f"{bureau.lower()}.officer", bureau, *scopes, purpose=purpose)

    def token_of(self, officer_id: str, bureau: str, *scopes: str, purpose: Purpose | None = None) -> str:
        """Return a token of an officer, who is created if needed, gets the scopes, and is logged in."""
        account = self.accounts_at.log_in(officer_id, BureauCode(bureau), scopes)
        stated = msgspec.structs.replace(account.officer, purpose=purpose)
        return self.issuer.issue(Account(stated, account.session), scopes)

    def tokens(self) -> Tokens:
        """Return the token check of this gateway."""
        return Tokens(OwnTokens(self.token_key, self.accounts, TOKENS_VALID_FOR), self.clock)

    def bearer(self, bureau: str, *scopes: str, purpose: Purpose | None = Purpose.SECURITY_CHECK) -> dict[str, str]:
        """Return the `Authorization` header with such a token."""
        return {"Authorization": f"Bearer {self.token(bureau, *scopes, purpose=purpose)}"}

    def logged(self, event: str) -> list[dict[str, Any]]:
        """Return the log lines of an event; a line with a count is repeated as often."""
        self.log.flush()
        lines = map(json.loads, self.written.getvalue().splitlines())
        return [line for line in lines if line["event"] == event for _ in range(line.get("count", 1))]

    def _mailboxes(self, clock: Clock | None = None, tables: tuple[TableSet, ...] = GATEWAY_TABLES) -> Mailboxes:
        return Mailboxes(partial(self._store_url, tables), clock or self.clock, self.log, self._quotas, tables=tables)

    def _store_url(self, tables: tuple[TableSet, ...], name: str) -> str:
        assert self._folder is not None, "a mesh that handles mail needs a folder for it"
        url = f"sqlite:///{self._folder / name}.db"
        make_file(tables, url)
        return url


def client_of(gateway: Gateway) -> httpx.AsyncClient:
    """Return an HTTP client of a gateway."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(gateway), base_url="http://gateway")
