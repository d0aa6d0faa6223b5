"""The types of settings that are lists or have a form: each is read from a text of the environment.

A value that is no text, as a program passes it, stays as it is. What is invalid raises ValueError.
"""

from ipaddress import ip_network
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator
from pydantic_settings import NoDecode

from shared.bureaus import MEMBERS, SECRETARIAT, BureauCode, parse_bureau
from shared.errors import UnknownBureau

MAX_PORT: Final = 65535
# The servers of a cluster. Two agree, so that one may be lost; more would only add copies.
CLUSTER: Final = 3
MAX_BROKERS: Final = 9


def _words(value: object) -> object:
    """Return the words of a comma-separated text, without duplicates."""
    if not isinstance(value, str):
        return value
    return tuple(dict.fromkeys(word.strip() for word in value.split(",") if word.strip()))


def _bureaus(value: object) -> object:
    """Return the bureaus of a comma-separated text, without duplicates, or all members."""
    if not isinstance(value, str):
        return value
    if value.strip().lower() == "all":
        return tuple(MEMBERS)
    try:
        return tuple(dict.fromkeys(parse_bureau(code) for code in value.split(",") if code.strip()))
    except UnknownBureau as unknown:
        raise ValueError(unknown.detail) from unknown


def _hosted(bureaus: tuple[BureauCode, ...]) -> tuple[BureauCode, ...]:
    """Return bureaus without the General Secretariat, which is hosted wherever its keys are, listed or not."""
    return tuple(code for code in bureaus if code != SECRETARIAT)


def _networks(value: object) -> object:
    if not isinstance(value, str):
        return value
    networks = [ip_network(network.strip()) for network in value.split(",") if network.strip()]
    if any(network.prefixlen == 0 for network in networks):
        raise ValueError(
            "this network contains all addresses, so that any client could set the header: list only the proxies"
        )
    return tuple(map(str, networks))


def _port(value: object) -> object:
    if isinstance(value, str) and not (value.strip().isdecimal() and 0 < int(value) <= MAX_PORT):
        raise ValueError(f"must be a port from 1 to {MAX_PORT}, not {value[:20]!r}")
    return value


def _replicas(value: object) -> object:
    if str(value).strip() not in ("1", str(CLUSTER)):
        raise ValueError(f"must be 1, or {CLUSTER} for a cluster, not {str(value)[:20]!r}")
    return value


def _broker_urls(value: str) -> str:
    urls = [url.strip() for url in value.split(",")]
    if not all(urls) or len(urls) > MAX_BROKERS:
        raise ValueError(f"must be the URL of a NATS server, or of up to {MAX_BROKERS} separated by commas")
    return ",".join(dict.fromkeys(urls))


def _store_url(value: str) -> str:
    if not value.startswith(("postgresql://", "sqlite:///")):
        raise ValueError("must be a PostgreSQL URL, such as postgresql://user@host/i247_{service}")
    if "{service}" not in value:
        raise ValueError("must contain {service}, as in postgresql://user@host/i247_{service}")
    return value


def _faults(value: str) -> str:
    # Here, as services read settings too and hold no code of the gateway.
    from gateway.public_faults import FaultPlan

    FaultPlan.parse(value)
    return value


HostedBureaus = Annotated[tuple[BureauCode, ...], NoDecode, BeforeValidator(_bureaus), AfterValidator(_hosted)]
OptionalBureaus = Annotated[tuple[BureauCode, ...] | None, NoDecode, BeforeValidator(_bureaus)]
OptionalWords = Annotated[tuple[str, ...] | None, NoDecode, BeforeValidator(_words)]
Networks = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_networks)]
Port = Annotated[int, BeforeValidator(_port)]
Replicas = Annotated[int, BeforeValidator(_replicas)]
BrokerUrls = Annotated[str, AfterValidator(_broker_urls)]
StoreUrl = Annotated[str, AfterValidator(_store_url)]
Faults = Annotated[str, AfterValidator(_faults)]
