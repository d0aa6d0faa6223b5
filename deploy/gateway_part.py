"""How the gateway of one or many bureaus runs in this process."""

import asyncio
import socket
from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial

from deploy.broker_users import leave_out
from deploy.databases import require_databases
from deploy.described import describe_in_process
from deploy.home import Home, StartRefused, added_bureaus, load_directory
from deploy.parts import Part
from gateway.app import Gateway, GatewayParts
from gateway.broker import BrokerCare
from gateway.hits.arrivals import attend_to_hits
from gateway.hosting import Hosting
from gateway.listener import MAX_CONNECTIONS, MIN_CONNECTIONS, ConnectionLimits, possible_connections
from gateway.messages.mailroom import Mailroom
from gateway.officers import Officers, OfficersUnusable, load_officers
from gateway.provider import OutsideTokens
from gateway.runner import run_gateway
from gateway.subject_requests.upkeep import attend_to_subject_requests
from gateway.tokens import Issuer, OwnTokens, TokenIssuer, Tokens
from gateway.witness.choosing import Witnesses
from shared.bureaus import SECRETARIAT, BureauCode
from shared.directory import Directory
from shared.keyring import NoKeyInForce
from shared.participant import Participant
from shared.requester import Requester
from shared.runner import allow_open_files
from shared.service import Service
from shared.settings import MAILBOXES, Settings
from shared.signing import KeyUnusable, SigningKey
from shared.transport import NotAdmitted
from shared.transport.nats.rates import Rates


async def serve_gateway(services: tuple[Service, ...], settings: Settings, listening: socket.socket) -> None:
    """Run the gateway of the bureaus in the settings until cancelled. Raises StartRefused."""
    allow_open_files()
    part = Part("gateway", settings)
    await require_databases(settings, [MAILBOXES])
    directory = load_directory(part.home)
    here = [bureau for bureau in hosted(settings) if part.home.key_numbers(bureau)]
    if not here:
        raise StartRefused(f"no key of a bureau in I247_BUREAUS is in {part.home.secrets}: put it there")
    bureaus = await asyncio.gather(*(_connect(part, bureau, directory) for bureau in here))
    joining = Joining(part, directory)
    hosting = Hosting(directory, bureaus, joining.find, joining.read)
    parts = gateway_parts(services, part, hosting.requesters)
    joining.officers = parts.officers
    limits = connection_limits(part, len(bureaus))
    async with AsyncExitStack() as stack:
        if SECRETARIAT in here:
            _look_after_broker(part, directory, parts.mailroom, stack)
        await run_gateway(Gateway(parts), listening, hosting, limits, settings.trusted_proxies)


def _look_after_broker(part: Part, directory: Directory, mailroom: Mailroom, stack: AsyncExitStack) -> None:
    operator, system = part.operate(), part.system()
    rates = None
    if operator is None or system is None:
        # Somebody else must have them, or there are no streams, and nobody is paused.
        part.log.warning("broker-not-looked-after", operator=operator is not None, system=system is not None)
    if system is not None:
        stack.push_async_callback(system.close)
        rates = Rates(system, part.settings.broker_quotas, partial(leave_out, part.home, directory))
    if operator is not None:
        stack.push_async_callback(operator.close)
        mailroom.employ(BrokerCare(operator, rates, part.log, part.home.caring).work)


def connection_limits(part: Part, bureaus: int) -> ConnectionLimits:
    """Return how many connections the gateway of so many bureaus may have open. Raises StartRefused."""
    wanted, possible = part.settings.connections, possible_connections(bureaus)
    if wanted is not None and wanted > possible:
        raise StartRefused(
            f"I247_CONNECTIONS: the limit of open files leaves {max(possible, 0)} connections beside what {bureaus} "
            "bureaus need: lower it, or raise the limit (`ulimit -n`)"
        )
    if possible < MIN_CONNECTIONS:
        part.log.warning("few-open-files", connections=possible, bureaus=bureaus)
    total = wanted or min(max(possible, MIN_CONNECTIONS), MAX_CONNECTIONS)
    return ConnectionLimits(total, part.settings.connections_per_address)


def hosted(settings: Settings) -> list[BureauCode]:
    """Return the bureaus whose gateway this is. The Secretariat is among them where its key is at hand."""
    return list(dict.fromkeys([SECRETARIAT, *settings.bureaus, *added_bureaus(Home(settings.home))]))


async def _connect(part: Part, bureau: BureauCode, directory: Directory) -> Participant:
    try:
        return await part.connect(bureau, directory)
    except NoKeyInForce as refusal:
        # It is let in when it has a new key; until then its officers are told why it cannot do anything.
        part.log.warning("bureau-without-key", bureau=bureau, code=refusal.code)
    except NotAdmitted as refusal:
        # It is paused; it may be this very gateway that ends pauses.
        part.log.warning("bureau-not-admitted", bureau=bureau, error=str(refusal))
    return part.join(bureau, directory)


class Joining:
    """Finds the bureaus that were added since the start, with their officers."""

    def __init__(self, part: Part, directory: Directory) -> None:
        self._part = part
        self._directory = directory
        self.officers: Officers | None = None

    def find(self, known: Iterable[BureauCode]) -> list[Participant]:
        """Return who joined beside those who are known."""
        home = self._part.home
        try:
            new = [code for code in hosted(self._part.settings) if code not in known and home.key_numbers(code)]
            if new and self.officers is not None:
                self.officers.replace(load_officers(home.officers))
            return [self._part.join(code, self._directory) for code in new]
        except (StartRefused, KeyUnusable, OfficersUnusable, OSError) as error:
            self._part.log.warning("bureau-cannot-join", error=str(error))
            return []

    def read(self) -> list[str]:
        """Return the entries as they are in the file."""
        try:
            return load_directory(self._part.home).signed_entries()
        except StartRefused as error:
            self._part.log.warning("directory-not-read", error=str(error))
            return []


def gateway_parts(
    services: tuple[Service, ...], part: Part, requesters: Mapping[BureauCode, Requester]
) -> GatewayParts:
    """Return what a gateway is made of. Raises StartRefused."""
    settings = part.settings
    outside = _outside_tokens(part)
    officers: Officers | None = None
    issuer: TokenIssuer | None = None
    if outside is None:
        officers, issuer = _own_tokens(part)
    mailboxes = part.mailboxes()
    mailroom = Mailroom(mailboxes, private_targets=settings.webhook_private_targets)
    attend_to_hits(mailroom)
    attend_to_subject_requests(mailroom)
    witnesses = Witnesses(service.name for service in services)
    mailroom.employ(witnesses.watch)
    mailroom.employ(witnesses.check_lists)
    return GatewayParts(
        services=services,
        requesters=requesters,
        mailroom=mailroom,
        tokens=Tokens(outside or OwnTokens(SigningKey.load(part.home.token_key)), part.clock),
        officers=officers,
        issuer=issuer,
        body_limit=settings.body_limit,
        clock=part.clock,
        log=part.log,
        describe=describe_in_process,
    )


def _own_tokens(part: Part) -> tuple[Officers, TokenIssuer]:
    try:
        key = SigningKey.load(part.home.token_key)
        officers = Officers(load_officers(part.home.officers), part.clock)
    except (KeyUnusable, OfficersUnusable) as error:
        raise StartRefused(str(error)) from error
    return officers, TokenIssuer(key, part.clock, timedelta(minutes=part.settings.token_minutes))


def _outside_tokens(part: Part) -> OutsideTokens | None:
    settings = part.settings
    if settings.oidc_issuer is None and settings.oidc_jwks_url is None:
        return None
    if settings.oidc_issuer is None or settings.oidc_jwks_url is None:
        raise StartRefused("I247_OIDC_ISSUER and I247_OIDC_JWKS_URL go together: set both or neither")
    issuer = Issuer(settings.oidc_issuer, settings.oidc_audience, settings.oidc_bureau_claim)
    return OutsideTokens(issuer, settings.oidc_jwks_url, part.clock, part.log)
