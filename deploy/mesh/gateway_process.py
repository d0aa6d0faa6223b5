"""How the gateway of one or many bureaus runs in this process."""

import asyncio
import socket
from collections.abc import Container, Iterable, Mapping
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial

from deploy.broker.users import leave_out
from deploy.generated.openapi import describe_in_process
from deploy.mesh.process_context import ProcessContext
from deploy.mesh.service_process import mailboxes_of
from deploy.provisioning.demo_accounts import scopes_of_members
from deploy.provisioning.tokens import accounts_of, load_token_key
from deploy.state.databases import require_databases
from deploy.state.settings import MAILBOXES, Settings
from deploy.state.state_dir import StartRefused, StateDir, added_bureaus, load_directory
from gateway.app import Gateway, GatewayParts
from gateway.auth.accounts import OfficersUnusable
from gateway.auth.logins import Logins
from gateway.auth.oidc import Issuer, OutsideTokens
from gateway.auth.tokens import OwnTokens, TokenIssuer, TokenReader, Tokens
from gateway.edge.listener import MAX_CONNECTIONS, MIN_CONNECTIONS, ConnectionLimits, possible_connections
from gateway.hits.handlers import attend_to_hits
from gateway.hosted_bureaus import Hosting
from gateway.local_services import LOCAL_SERVICES
from gateway.messages.mailroom import MailboxHost
from gateway.monitoring.broker import BrokerCare
from gateway.monitoring.pings import Timekeeping
from gateway.runner import run_gateway
from gateway.subject_requests.worker import attend_to_subject_requests
from gateway.witness.directory_watch import DirectoryWatch
from gateway.witness.worker import Witnesses
from shared.bureaus import SECRETARIAT, BureauCode
from shared.crypto.ed25519 import KeyUnusable
from shared.identity import AUDIT_READ, PURPOSE_SCOPES
from shared.protocol.directory import Directory
from shared.protocol.directory_log import DirectoryPart
from shared.rpc.client import Requester
from shared.rpc.keyring import NoKeyInForce
from shared.rpc.participant import Participant
from shared.runner import allow_open_files
from shared.service import Service
from shared.storage import Stores
from shared.transport import BrokerAbsent, NotAdmitted
from shared.transport.nats.rates import Rates


async def serve_gateway(services: tuple[Service, ...], settings: Settings, listening: socket.socket) -> None:
    """Run the gateway of the bureaus in the settings until cancelled. Raises StartRefused."""
    allow_open_files()
    part = ProcessContext("gateway", settings)
    await require_databases(settings, [MAILBOXES])
    directory = load_directory(part.home)
    here = [bureau for bureau in hosted(settings) if part.home.key_numbers(bureau)]
    if not here:
        raise StartRefused(
            f"no key of a bureau in I247_BUREAUS is in {part.home.secrets}: `i247 keys request` makes keys of one here"
        )
    bureaus = await asyncio.gather(*(_connect(part, bureau, directory) for bureau in here))
    joining = Joining(part, directory)
    hosting = Hosting(directory, bureaus, joining.find, joining.read)
    parts = gateway_parts(services, part, hosting.requesters)
    limits = connection_limits(part, len(bureaus))
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(part.keeping(directory))
        if SECRETARIAT in here:
            _look_after_broker(part, directory, parts.mailroom, stack)
        await run_gateway(Gateway(parts), listening, hosting, limits, settings.trusted_proxies)


def _look_after_broker(
    part: ProcessContext, directory: Directory, mailroom: MailboxHost, stack: AsyncExitStack
) -> None:
    operator, system = part.operate(), part.system()
    rates = None
    if operator is None or system is None:
        # Somebody else must have them, or there are no streams, and nobody is paused.
        part.log.warning("broker-not-looked-after", operator=operator is not None, system=system is not None)
    if system is not None:
        stack.push_async_callback(system.close)
        require_relay = operator.require_relay if operator is not None and part.settings.nats_tls is not None else None
        rates = Rates(system, part.settings.broker_quotas, partial(leave_out, part.home, directory), require_relay)
    if operator is not None:
        stack.push_async_callback(operator.close)
        mailroom.add_job(BrokerCare(operator, rates, part.log, part.home.caring).work)


def connection_limits(part: ProcessContext, bureaus: int) -> ConnectionLimits:
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
    return list(dict.fromkeys([SECRETARIAT, *settings.bureaus, *added_bureaus(StateDir(settings.home))]))


async def _connect(part: ProcessContext, bureau: BureauCode, directory: Directory) -> Participant:
    try:
        return await part.connect(bureau, directory)
    except NoKeyInForce as refusal:
        # It is let in when it has a new key; until then its officers are told why it cannot do anything.
        part.log.warning("bureau-without-key", bureau=bureau, code=refusal.code)
    except NotAdmitted as refusal:
        # It is paused; it may be this very gateway that ends pauses.
        part.log.warning("bureau-not-admitted", bureau=bureau, error=str(refusal))
    except BrokerAbsent as absence:
        # Meanwhile its officers write into the outbox and read what is here.
        part.log.warning("broker-absent", bureau=bureau, error=str(absence))
    return part.join(bureau, directory)


class Joining:
    """Finds the bureaus that were added since the start."""

    def __init__(self, part: ProcessContext, directory: Directory) -> None:
        self._part = part
        self._directory = directory

    def find(self, known: Iterable[BureauCode]) -> list[Participant]:
        """Return who joined beside those who are known."""
        home = self._part.home
        try:
            new = [code for code in hosted(self._part.settings) if code not in known and home.key_numbers(code)]
            return [self._part.join(code, self._directory) for code in new]
        except (StartRefused, KeyUnusable, OSError) as error:
            self._part.log.warning("bureau-cannot-join", error=str(error))
            return []

    def read(self) -> DirectoryPart | None:
        """Return the directory as it is in the file, or None if it cannot be read."""
        try:
            return load_directory(self._part.home).log.part()
        except StartRefused as error:
            self._part.log.warning("directory-not-read", error=str(error))
            return None


def gateway_parts(
    services: tuple[Service, ...], part: ProcessContext, requesters: Mapping[BureauCode, Requester]
) -> GatewayParts:
    """Return what a gateway is made of. Raises StartRefused."""
    settings = part.settings
    reader, logins, issuer = _outside_tokens(part, services) or _own_tokens(part, requesters)
    mailboxes = mailboxes_of(part, Stores(part.settings.store_connections).open)
    mailroom = MailboxHost(mailboxes, private_targets=settings.webhook_private_targets)
    attend_to_hits(mailroom)
    attend_to_subject_requests(mailroom)
    mailroom.add_job(DirectoryWatch().watch)
    witnesses = Witnesses(service.name for service in services)
    mailroom.add_job(witnesses.watch)
    mailroom.add_job(witnesses.check_lists)
    mailroom.add_job(Timekeeping((service.name for service in services), requesters).work)
    return GatewayParts(
        services=services,
        requesters=requesters,
        mailroom=mailroom,
        tokens=Tokens(reader, part.clock),
        logins=logins,
        issuer=issuer,
        body_limit=settings.body_limit,
        clock=part.clock,
        log=part.log,
        describe=describe_in_process,
    )


Reading = tuple[TokenReader, Logins | None, TokenIssuer | None]
"""Who reads the tokens here, and where they are issued here, who logs officers in and issues them."""


def _own_tokens(part: ProcessContext, bureaus: Container[BureauCode]) -> Reading:
    try:
        accounts = accounts_of(part.home, bureaus, part.log)
        key = load_token_key(part.home)
    except (KeyUnusable, OfficersUnusable) as error:
        raise StartRefused(str(error)) from error
    if not accounts.password_hashes:
        part.log.warning("no-officers", file=str(part.home.officers))
    valid_for = timedelta(minutes=part.settings.token_minutes)
    issuer = TokenIssuer(key, part.clock, valid_for)
    return OwnTokens(key, accounts, valid_for), Logins(accounts, part.clock), issuer


def _outside_tokens(part: ProcessContext, services: tuple[Service, ...]) -> Reading | None:
    settings = part.settings
    if settings.oidc_issuer is None and settings.oidc_jwks_url is None:
        return None
    if settings.oidc_issuer is None or settings.oidc_jwks_url is None:
        raise StartRefused("I247_OIDC_ISSUER and I247_OIDC_JWKS_URL go together: set both or neither")
    issuer = Issuer(
        settings.oidc_issuer,
        settings.oidc_audience,
        settings.oidc_bureau_claim,
        bureaus=frozenset(settings.bureaus if settings.oidc_bureaus is None else settings.oidc_bureaus),
        scopes=_outside_scopes(settings, (*services, *LOCAL_SERVICES)),
        valid_for=timedelta(minutes=settings.oidc_token_minutes),
        untyped=settings.oidc_token_type == "JWT",  # noqa: S105 - a type, not a secret
    )
    return OutsideTokens(issuer, settings.oidc_jwks_url, part.clock, part.log), None, None


def _outside_scopes(settings: Settings, services: tuple[Service, ...]) -> frozenset[str]:
    if settings.oidc_scopes is None:
        return scopes_of_members(services)
    known = {AUDIT_READ, *PURPOSE_SCOPES.values(), *(scope for service in services for scope in service.scopes)}
    for scope in settings.oidc_scopes:
        if scope not in known:
            raise StartRefused(f"I247_OIDC_SCOPES: {scope[:80]} is no scope: name such of {', '.join(sorted(known))}")
    return frozenset(settings.oidc_scopes)
