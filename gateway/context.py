"""The parts of a gateway, which the process that runs it provides."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from gateway.auth.code_flow import CodeFlow
from gateway.auth.logins import Logins
from gateway.auth.tokens import TokenIssuer, Tokens
from gateway.messages.events import Streams
from gateway.messages.webhooks.sender import WebhookSender
from gateway.public_faults import FaultPlan
from gateway.public_quota import DEFAULT_QUOTA, PublicQuota
from gateway.sandbox.sandbox import Sandbox
from shared.bureaus import BureauCode
from shared.clock import Clock
from shared.ids import uuid7
from shared.logs import Log
from shared.mailbox.host import MailboxHost
from shared.rpc.client import NewId, Requester
from shared.service import Service


@dataclass(frozen=True, slots=True)
class GatewayContext:
    """The services behind a gateway, its bureaus, their mailboxes, and its tokens and logins."""

    services: tuple[Service, ...]
    requesters: Mapping[BureauCode, Requester]
    mailbox_host: MailboxHost
    event_streams: Streams
    webhook_sender: WebhookSender
    tokens: Tokens
    logins: Logins | None
    issuer: TokenIssuer | None
    """None where an outside provider issues the tokens."""

    body_limit: int
    clock: Clock
    log: Log
    public_faults: FaultPlan | None = None
    """Of the public notices API; None for none."""

    public_quota: PublicQuota = DEFAULT_QUOTA
    """How often anyone may ask without a token."""

    code_flow: CodeFlow | None = None
    """How officers sign in to the console at an outside provider; None where they cannot."""

    console_idle: timedelta = timedelta(minutes=30)
    """After how long an unused session of the console ends."""

    new_id: NewId = uuid7
    """Returns the id of a request that an application of the gateway answers."""

    sandbox: Sandbox | None = None
    """None unless the mesh was started as a sandbox."""

    describe: Callable[[], Awaitable[bytes]] | None = None
    """Makes the OpenAPI document in another process; None to make it in a thread of this one."""

    describe_network: Callable[[], Awaitable[bytes]] | None = None
    """Makes the AsyncAPI document; None where the network is not described."""
