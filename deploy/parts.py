"""One part of the mesh in this process: a service, or the gateway of some bureaus, connected to its broker."""

import asyncio
import socket
import ssl
from datetime import timedelta

from deploy.home import Home, StartRefused
from deploy.provision import load_directory
from gateway.app import Gateway, GatewayParts
from gateway.officers import Officers, OfficersUnusable, load_officers
from gateway.runner import run_gateway
from gateway.tokens import OutsideTokens, OwnTokens, TokenIssuer, Tokens
from shared.bureaus import SECRETARIAT, BureauCode
from shared.clock import Clock, SystemClock
from shared.directory import Directory
from shared.logs import Log, open_log
from shared.participant import Participant
from shared.requester import Requester
from shared.runner import run_service
from shared.service import Service
from shared.settings import Settings
from shared.signing import KeyUnusable, SigningKey
from shared.storage import StorageRefused
from shared.transport import Disconnected
from shared.transport.nats import Broker, NatsTransport


class Part:
    """What every part needs: its settings, its state directory, the time and a log."""

    def __init__(self, name: str, settings: Settings) -> None:
        self.settings = settings
        self.home = Home(settings.home)
        self.clock: Clock = SystemClock()
        self.log = open_log(name, level=settings.log_level)

    async def connect(self, name: str, directory: Directory) -> Participant:
        """Return a participant that is connected. Raises StartRefused."""
        try:
            key = SigningKey.load(self.home.signing_key(name))
            seed = self.home.nats_seed(name).read_text().strip()
            transport = await NatsTransport.connect(broker_of(self.settings), name, seed, self.log)
        except (KeyUnusable, Disconnected) as error:
            raise StartRefused(str(error)) from error
        except OSError as error:
            raise StartRefused(f"the broker key of {name} is missing in {self.home.secrets}") from error
        return Participant(name, key, directory, transport, self.clock, self.log)


def broker_of(settings: Settings) -> Broker:
    """Return where the broker is, and how it is trusted. Raises StartRefused."""
    if settings.nats_ca is None:
        return Broker(settings.broker_url)
    try:
        tls = ssl.create_default_context(cafile=str(settings.nats_ca))
        if settings.nats_certificate is not None:
            tls.load_cert_chain(settings.nats_certificate, settings.nats_key)
    except (OSError, ssl.SSLError) as error:
        raise StartRefused("the files in I247_NATS_CA, _CERTIFICATE and _KEY cannot be used for TLS") from error
    return Broker(settings.broker_url, tls)


async def serve_service(service: Service, settings: Settings) -> None:
    """Run one service until cancelled. Raises StartRefused."""
    part = Part(service.name, settings)
    participant = await part.connect(service.name, load_directory(part.home))
    try:
        await run_service(service, participant, settings.store_of(service.name))
    except StorageRefused as error:
        raise StartRefused(f"the store of {service.name}: {error}") from error


async def serve_gateway(services: tuple[Service, ...], settings: Settings, listening: socket.socket) -> None:
    """Run the gateway of the bureaus in the settings until cancelled. Raises StartRefused."""
    part = Part("gateway", settings)
    directory = load_directory(part.home)
    here = [bureau for bureau in hosted(settings) if part.home.signing_key(bureau).exists()]
    connected = await asyncio.gather(*(part.connect(bureau, directory) for bureau in here))
    bureaus = {BureauCode(participant.name): participant for participant in connected}
    await run_gateway(Gateway(gateway_parts(services, part, bureaus)), listening, bureaus)


def hosted(settings: Settings) -> list[BureauCode]:
    """Return the bureaus whose gateway this is. The Secretariat is among them where its key is at hand."""
    return [SECRETARIAT, *settings.bureaus]


def gateway_parts(services: tuple[Service, ...], part: Part, bureaus: dict[BureauCode, Participant]) -> GatewayParts:
    """Return what a gateway is made of. Raises StartRefused."""
    settings = part.settings
    outside = _outside_tokens(settings, part.log)
    officers: Officers | None = None
    issuer: TokenIssuer | None = None
    if outside is None:
        officers, issuer = _own_tokens(part)
    return GatewayParts(
        services=services,
        requesters={code: Requester(participant) for code, participant in bureaus.items()},
        tokens=Tokens(outside or OwnTokens(SigningKey.load(part.home.token_key)), part.clock),
        officers=officers,
        issuer=issuer,
        body_limit=settings.body_limit,
        log=part.log,
    )


def _own_tokens(part: Part) -> tuple[Officers, TokenIssuer]:
    try:
        key = SigningKey.load(part.home.token_key)
        officers = Officers(load_officers(part.home.officers))
    except (KeyUnusable, OfficersUnusable) as error:
        raise StartRefused(str(error)) from error
    return officers, TokenIssuer(key, part.clock, timedelta(minutes=part.settings.token_minutes))


def _outside_tokens(settings: Settings, log: Log) -> OutsideTokens | None:
    if settings.oidc_issuer is None and settings.oidc_jwks_url is None:
        return None
    if settings.oidc_issuer is None or settings.oidc_jwks_url is None:
        raise StartRefused("I247_OIDC_ISSUER and I247_OIDC_JWKS_URL go together: set both or neither")
    return OutsideTokens(
        issuer=settings.oidc_issuer, audience=settings.oidc_audience, jwks_url=settings.oidc_jwks_url, log=log
    )
