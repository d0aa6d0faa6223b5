"""The NKEYs of a state directory: of participants, of the broker's administrators, and of the issuer of admissions."""

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import nkeys

from deploy.state.errors import StartRefused
from deploy.state.state_dir import StateDir
from shared.crypto.ed25519 import write_secret
from shared.transport.subjects import BROKER_OPERATOR, BROKER_RELAY, BROKER_SYSTEM

ISSUER: Final = "issuer"
"""The relay admits connections in the name of this NKEY if TLS is on: see `shared.transport.nats.admission`."""


@dataclass(frozen=True, slots=True)
class Administrators:
    """The public NKEYS of the users that operate the broker."""

    operator: str
    """Manages streams and consumers, and discovers services."""

    system: str
    """Monitors the server and reloads its configuration."""

    relay: str
    """Forwards what participants publish, store and read to JetStream."""


def administrators(state_dir: StateDir) -> Administrators:
    """Return the public NKEYS of the broker's administrators; create missing ones. Raises StartRefused."""
    names = (BROKER_OPERATOR, BROKER_SYSTEM, BROKER_RELAY)
    return Administrators(*(_ensure_nkey(state_dir, name, nkeys.PREFIX_BYTE_USER) for name in names))


def _ensure_nkey(state_dir: StateDir, name: str, prefix: int) -> str:
    if not state_dir.nats_seed(name).exists():
        make_nkey(state_dir, name, prefix)
    return public_nkey(state_dir.nats_seed(name))


def make_nkey(state_dir: StateDir, name: str, prefix: int = nkeys.PREFIX_BYTE_USER) -> None:
    """Create an NKEY; an existing one of that name is replaced."""
    write_secret(state_dir.nats_seed(name), nkeys.encode_seed(secrets.token_bytes(32), prefix))


def public_nkey(seed_file: Path) -> str:
    """Return the public NKEY of a seed file. Raises StartRefused."""
    public: bytes = load_nkey(seed_file).public_key
    return public.decode()


def load_nkey(seed_file: Path) -> nkeys.KeyPair:
    """Return the key pair of a seed file. Raises StartRefused."""
    try:
        return nkeys.from_seed(bytearray(seed_file.read_bytes().strip()))
    except (OSError, nkeys.NkeysError, ValueError) as error:
        raise StartRefused(f"{seed_file} holds no NKEY seed: restore or remove the file") from error


def issuer_nkey(state_dir: StateDir) -> str:
    """Return the public NKEY of the issuer; create it if it is missing. Raises StartRefused."""
    return _ensure_nkey(state_dir, ISSUER, nkeys.PREFIX_BYTE_ACCOUNT)


def route_secret(state_dir: StateDir) -> str:
    """Return the password by which the servers of a cluster admit each other; draw it if it is missing.

    It is the same at each start, as servers of a cluster are restarted one after another.
    """
    if not state_dir.route_secret.exists():
        write_secret(state_dir.route_secret, secrets.token_urlsafe(32).encode())
    return state_dir.route_secret.read_text().strip()


def load_issuer(state_dir: StateDir) -> nkeys.KeyPair:
    """Return the key pair of the issuer. Raises StartRefused."""
    return load_nkey(state_dir.nats_seed(ISSUER))
