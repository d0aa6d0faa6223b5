"""How the gateway of one or many bureaus runs in this process."""

import asyncio
import socket
from datetime import timedelta

from deploy.home import StartRefused, load_directory
from deploy.parts import Part
from gateway.app import Gateway, GatewayParts
from gateway.messages.mailbox import Mailboxes
from gateway.messages.mailroom import Mailroom
from gateway.officers import Officers, OfficersUnusable, load_officers
from gateway.provider import OutsideTokens
from gateway.runner import run_gateway
from gateway.tokens import Issuer, OwnTokens, TokenIssuer, Tokens
from shared.bureaus import SECRETARIAT, BureauCode
from shared.participant import Participant
from shared.requester import Requester
from shared.service import Service
from shared.settings import Settings
from shared.signing import KeyUnusable, SigningKey


async def serve_gateway(services: tuple[Service, ...], settings: Settings, listening: socket.socket) -> None:
    """Run the gateway of the bureaus in the settings until cancelled. Raises StartRefused."""
    part = Part("gateway", settings)
    directory = load_directory(part.home)
    here = [bureau for bureau in hosted(settings) if part.home.signing_key(bureau).exists()]
    if not here:
        raise StartRefused(f"no key of a bureau in I247_BUREAUS is in {part.home.secrets}: put it there")
    connected = await asyncio.gather(*(part.connect(bureau, directory) for bureau in here))
    bureaus = {BureauCode(participant.name): participant for participant in connected}
    await run_gateway(Gateway(gateway_parts(services, part, bureaus)), listening, bureaus)


def hosted(settings: Settings) -> list[BureauCode]:
    """Return the bureaus whose gateway this is. The Secretariat is among them where its key is at hand."""
    return [SECRETARIAT, *settings.bureaus]


def gateway_parts(services: tuple[Service, ...], part: Part, bureaus: dict[BureauCode, Participant]) -> GatewayParts:
    """Return what a gateway is made of. Raises StartRefused."""
    settings = part.settings
    outside = _outside_tokens(part)
    officers: Officers | None = None
    issuer: TokenIssuer | None = None
    if outside is None:
        officers, issuer = _own_tokens(part)
    return GatewayParts(
        services=services,
        requesters={code: Requester(participant) for code, participant in bureaus.items()},
        mailroom=Mailroom(Mailboxes(settings.store_of, part.clock, part.log)),
        tokens=Tokens(outside or OwnTokens(SigningKey.load(part.home.token_key)), part.clock),
        officers=officers,
        issuer=issuer,
        body_limit=settings.body_limit,
        clock=part.clock,
        log=part.log,
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
