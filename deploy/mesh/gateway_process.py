"""Runs the gateway of one or many bureaus in this process."""

import asyncio
import socket
from collections.abc import Container, Iterable, Mapping
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial

from deploy.broker.users import exclude_users
from deploy.generated.openapi import describe_in_process, describe_network_in_thread
from deploy.mesh.contexts import GATEWAY, process_context
from deploy.mesh.process_context import WAITS, ProcessContext, report_absent_broker
from deploy.mesh.service_process import mailboxes_of
from deploy.provisioning.demo_accounts import member_scopes
from deploy.provisioning.tokens import accounts_of, load_token_key
from deploy.state.databases import require_databases
from deploy.state.directory_file import added_bureaus, load_directory
from deploy.state.errors import StartRefused
from deploy.state.settings import MAILBOXES, Settings
from gateway.app import Gateway
from gateway.auth.account_store import Accounts
from gateway.auth.accounts import OfficersUnusable
from gateway.auth.code_flow import CodeFlow
from gateway.auth.logins import Logins
from gateway.auth.oidc import Issuer, OutsideTokens
from gateway.auth.tokens import OwnTokens, TokenIssuer, TokenReader, Tokens
from gateway.browser_sessions.sessions import register_browser_sessions
from gateway.context import GatewayContext
from gateway.edge.listener import MAX_CONNECTIONS, MIN_CONNECTIONS, ConnectionLimits, possible_connections
from gateway.hits.worker import register_hits
from gateway.hosted_bureaus import HostedBureaus
from gateway.local_services import LOCAL_SERVICES
from gateway.messages.events import Streams
from gateway.messages.publications import register_publications
from gateway.messages.releases import register_releases
from gateway.messages.webhooks.sender import WebhookSender
from gateway.messages.webhooks.targets import Targets
from gateway.messages.webhooks.worker import register_webhooks
from gateway.monitoring.broker import BrokerSupervisor
from gateway.monitoring.pings import Pings
from gateway.public_faults import FaultPlan
from gateway.public_quota import PublicQuota
from gateway.runner import run_gateway
from gateway.sandbox.sandbox import Sandbox
from gateway.sandbox.tokens import FaultyLogins, FaultyTokens
from gateway.standing.worker import register_standing
from gateway.subject_requests.worker import register_subject_requests
from gateway.tables import GATEWAY_TABLES
from gateway.traces.worker import register_traces
from gateway.witness.directory_watch import DirectoryWatch
from gateway.witness.worker import Witnesses
from shared.bureaus import DEFAULT_OFFICES, SECRETARIAT, BureauCode
from shared.crypto.ed25519 import KeyUnusable
from shared.identity import AUDIT_READ, HANDLING_CONFIDENTIAL, PURPOSE_SCOPES
from shared.ids import uuid7
from shared.mailbox.host import MailboxHost
from shared.process import allow_open_files
from shared.protocol.directory import Directory
from shared.protocol.directory_log import DirectoryPart
from shared.rpc.client import NewId, Requester
from shared.rpc.keyring import NoKeyInForce
from shared.rpc.participant import Participant
from shared.sandbox.client_request import id_of_request
from shared.sandbox.requester import SandboxRequester
from shared.service import Service
from shared.storage import Stores
from shared.transport import BrokerAbsent, NotAdmitted
from shared.transport.nats.rates import Rates
from shared.transport.nats.server_watch import ServerWatch


async def serve_gateway(services: tuple[Service, ...], settings: Settings, listening: socket.socket) -> None:
    """Run the gateway of the bureaus in the settings until cancelled. Raises StartRefused."""
    allow_open_files()
    context = process_context(GATEWAY, settings)
    await require_databases(settings, [MAILBOXES])
    directory = load_directory(context.state_dir)
    present = [bureau for bureau in hosted_bureaus(settings) if context.state_dir.key_numbers(bureau)]
    if not present:
        raise StartRefused(
            f"{context.state_dir.secrets} has no key of a bureau in I247_BUREAUS: `i247 keys request` makes one here"
        )
    await report_absent_broker(settings, f"the gateway {WAITS}, and then serves what needs none")
    bureaus = await asyncio.gather(*(_connect(context, bureau, directory) for bureau in present))
    new_bureaus = NewBureaus(context, directory)
    new_id = uuid7 if context.faults is None else id_of_request
    requester = Requester if context.faults is None else partial(SandboxRequester, faults=context.faults)
    hosting = HostedBureaus(directory, bureaus, new_bureaus.find, new_bureaus.read, requester)
    gateway = gateway_context(services, context, hosting.requesters, new_id)
    limits = connection_limits(context, len(bureaus))
    if settings.public_faults is not None:
        context.log.warning("public-faults", faults=settings.public_faults)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(context.saving(directory))
        if SECRETARIAT in present:
            _monitor_broker(context, directory, gateway.mailbox_host, stack)
        await run_gateway(Gateway(gateway), listening, hosting, limits, settings.trusted_proxies)


def _monitor_broker(context: ProcessContext, directory: Directory, host: MailboxHost, stack: AsyncExitStack) -> None:
    operator, system = context.connect_operator(), context.connect_system()
    rates = check_servers = None
    if operator is None or system is None:
        # Unless another process has these keys, there are no streams, and no participant is paused.
        context.log.warning("broker-not-monitored", operator=operator is not None, system=system is not None)
    if system is not None:
        stack.push_async_callback(system.close)
        require_relay = operator.require_relay if operator is not None and context.settings.nats_tls else None
        exclude = partial(exclude_users, context.state_dir, directory)
        rates = Rates(system, context.settings.broker_quotas, exclude, require_relay)
        if system.size > 1:
            check_servers = ServerWatch(system, context.state_dir.broker_changed_at).check
    if operator is not None:
        stack.push_async_callback(operator.close)
        supervisor = BrokerSupervisor(operator, rates, context.log, context.state_dir.broker_duty, check_servers)
        host.add_job("broker supervision", supervisor.work)


def connection_limits(context: ProcessContext, bureaus: int) -> ConnectionLimits:
    """Return the limits of HTTP connections for a gateway of so many bureaus. Raises StartRefused."""
    wanted, possible = context.settings.connections, possible_connections(bureaus)
    if wanted is not None and wanted > possible:
        raise StartRefused(
            f"I247_CONNECTIONS: the limit of open files leaves {max(possible, 0)} connections next to those "
            f"that {bureaus} bureaus need: lower it, or raise the limit (`ulimit -n`)"
        )
    if possible < MIN_CONNECTIONS:
        context.log.warning("few-open-files", connections=possible, bureaus=bureaus)
    total = wanted or min(max(possible, MIN_CONNECTIONS), MAX_CONNECTIONS)
    return ConnectionLimits(total, context.settings.connections_per_address)


def hosted_bureaus(settings: Settings) -> list[BureauCode]:
    """Return the bureaus of this gateway, and the Secretariat and others, which it hosts if their keys are here."""
    return list(dict.fromkeys([SECRETARIAT, *DEFAULT_OFFICES, *settings.bureaus, *added_bureaus(settings.state_dir)]))


async def _connect(context: ProcessContext, bureau: BureauCode, directory: Directory) -> Participant:
    try:
        return await context.connect(bureau, directory)
    except NoKeyInForce as refusal:
        # It connects once it has a new key. Until then requests are refused with this reason.
        context.log.warning("bureau-without-key", bureau=bureau, code=refusal.code)
    except NotAdmitted as refusal:
        # It is paused; perhaps it is this gateway that ends pauses.
        context.log.warning("bureau-not-admitted", bureau=bureau, error=str(refusal))
    except BrokerAbsent as absence:
        # Officers can still write to the outbox, and read what is stored here.
        context.log.warning("broker-absent", bureau=bureau, error=str(absence))
    return context.join(bureau, directory)


class NewBureaus:
    """Finds bureaus that were added since the start."""

    def __init__(self, context: ProcessContext, directory: Directory) -> None:
        self._context = context
        self._directory = directory

    def find(self, known: Iterable[BureauCode]) -> list[Participant]:
        """Return the participants of bureaus that joined and are not known yet."""
        state_dir = self._context.state_dir
        try:
            new = [code for code in hosted_bureaus(self._context.settings) if code not in known]
            return [self._context.join(code, self._directory) for code in new if state_dir.key_numbers(code)]
        except (StartRefused, KeyUnusable, OSError) as error:
            self._context.log.warning("bureau-cannot-join", error=str(error))
            return []

    def read(self) -> DirectoryPart | None:
        """Return the directory in the file, or None if it cannot be read."""
        try:
            return load_directory(self._context.state_dir).log.part()
        except StartRefused as error:
            self._context.log.warning("directory-not-read", error=str(error))
            return None


def gateway_context(
    services: tuple[Service, ...],
    context: ProcessContext,
    requesters: Mapping[BureauCode, Requester],
    new_id: NewId = uuid7,
) -> GatewayContext:
    """Return the components of a gateway. Raises StartRefused."""
    settings = context.settings
    reader, logins, issuer = _external_tokens(context, services) or _own_tokens(context, requesters)
    mailboxes = mailboxes_of(context, Stores(settings.store_connections).open, GATEWAY_TABLES)
    host = MailboxHost(mailboxes)
    webhook_sender = WebhookSender(Targets(private=settings.webhook_private_targets or settings.sandbox))
    register_webhooks(host, webhook_sender)
    register_hits(host)
    register_traces(host)
    register_subject_requests(host)
    register_standing(host)
    register_releases(host)
    register_publications(host)
    register_browser_sessions(host)
    host.add_job("directory watch", DirectoryWatch().watch)
    witnesses = Witnesses(service.name for service in services)
    host.add_job("witness", witnesses.watch)
    host.add_job("patrol", witnesses.patrol)
    host.add_job("lists", witnesses.check_lists)
    host.add_job("pings", Pings((service.name for service in services), requesters).work)
    return GatewayContext(
        services=services,
        requesters=requesters,
        mailbox_host=host,
        event_streams=Streams(),
        webhook_sender=webhook_sender,
        tokens=_tokens(context, reader),
        logins=logins,
        issuer=issuer,
        body_limit=settings.body_limit,
        code_flow=_code_flow(settings),
        console_idle=timedelta(minutes=settings.console_idle_minutes),
        clock=context.clock,
        log=context.log,
        describe=describe_in_process,
        describe_network=describe_network_in_thread,
        new_id=new_id,
        sandbox=_sandbox(context, services, host),
        public_faults=None if settings.public_faults is None else FaultPlan.parse(settings.public_faults),
        public_quota=PublicQuota(settings.public_questions, settings.public_questions_per_address),
    )


def _sandbox(context: ProcessContext, services: tuple[Service, ...], host: MailboxHost) -> Sandbox | None:
    if not context.settings.sandbox:
        return None
    # Only here, as no other mesh needs it.
    from deploy.mesh.sandbox_gateway import sandbox_of

    return sandbox_of(context, services, host)


def _tokens(context: ProcessContext, reader: TokenReader) -> Tokens:
    if context.faults is None:
        return Tokens(reader, context.clock)
    return FaultyTokens(context.faults, reader, context.clock)


def _logins(context: ProcessContext, accounts: Accounts) -> Logins:
    if context.faults is None:
        return Logins(accounts, context.clock)
    return FaultyLogins(context.faults, accounts, context.clock)


TokenParts = tuple[TokenReader, Logins | None, TokenIssuer | None]
"""What reads tokens; and what logs officers in and issues tokens, unless an external provider does."""


def _own_tokens(context: ProcessContext, bureaus: Container[BureauCode]) -> TokenParts:
    try:
        accounts = accounts_of(context.state_dir, bureaus, context.log)
        key = load_token_key(context.state_dir)
    except (KeyUnusable, OfficersUnusable) as error:
        raise StartRefused(str(error)) from error
    if not accounts.password_hashes:
        context.log.warning("no-officers", file=str(context.state_dir.officers))
    valid_for = timedelta(minutes=context.settings.token_minutes)
    issuer = TokenIssuer(key, context.clock, valid_for)
    return OwnTokens(key, accounts, valid_for), _logins(context, accounts), issuer


def _external_tokens(context: ProcessContext, services: tuple[Service, ...]) -> TokenParts | None:
    settings = context.settings
    if settings.oidc_issuer is None and settings.oidc_jwks_url is None:
        return None
    if settings.oidc_issuer is None or settings.oidc_jwks_url is None:
        raise StartRefused("I247_OIDC_ISSUER and I247_OIDC_JWKS_URL belong together: set both or neither")
    issuer = Issuer(
        settings.oidc_issuer,
        settings.oidc_audience,
        settings.oidc_bureau_claim,
        bureaus=frozenset(settings.bureaus if settings.oidc_bureaus is None else settings.oidc_bureaus),
        scopes=_external_scopes(settings, (*services, *LOCAL_SERVICES)),
        valid_for=timedelta(minutes=settings.oidc_token_minutes),
        untyped=settings.oidc_token_type == "JWT",  # noqa: S105 - a type, not a secret
    )
    return OutsideTokens(issuer, settings.oidc_jwks_url, context.clock, context.log), None, None


def _code_flow(settings: Settings) -> CodeFlow | None:
    if settings.oidc_authorize_url is None and settings.oidc_token_url is None:
        return None
    if settings.oidc_issuer is None or settings.oidc_authorize_url is None or settings.oidc_token_url is None:
        raise StartRefused("I247_OIDC_ISSUER, I247_OIDC_AUTHORIZE_URL and I247_OIDC_TOKEN_URL belong together")
    return CodeFlow(
        settings.oidc_issuer,
        settings.oidc_authorize_url,
        settings.oidc_token_url,
        settings.oidc_client_id,
        settings.oidc_client_secret.get_secret_value(),
        settings.oidc_sign_in_scopes,
    )


def _external_scopes(settings: Settings, services: tuple[Service, ...]) -> frozenset[str]:
    if settings.oidc_scopes is None:
        return member_scopes(services)
    known = {
        AUDIT_READ,
        HANDLING_CONFIDENTIAL,
        *PURPOSE_SCOPES.values(),
        *(scope for service in services for scope in service.scopes),
    }
    for scope in settings.oidc_scopes:
        if scope not in known:
            raise StartRefused(f"I247_OIDC_SCOPES: {scope[:80]} is not a scope: choose from {', '.join(sorted(known))}")
    return frozenset(settings.oidc_scopes)
