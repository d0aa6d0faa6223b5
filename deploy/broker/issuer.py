"""The NKEY in whose name the relay lets connections in where TLS is on: see `shared.transport.nats.admission`."""

import secrets
from typing import Final

import nkeys

from deploy.state.state_dir import StartRefused, StateDir
from shared.crypto.ed25519 import write_secret

ISSUER: Final = "issuer"


def issuer_nkey(home: StateDir) -> str:
    """Return the public NKEY, made if there is none yet. Raises StartRefused."""
    file = home.nats_seed(ISSUER)
    if not file.exists():
        write_secret(file, nkeys.encode_seed(secrets.token_bytes(32), nkeys.PREFIX_BYTE_ACCOUNT))
    public: str = load_issuer(home).public_key.decode()
    return public


def load_issuer(home: StateDir) -> nkeys.KeyPair:
    """Return the pair of keys. Raises StartRefused."""
    file = home.nats_seed(ISSUER)
    try:
        return nkeys.from_seed(bytearray(file.read_bytes().strip()))
    except (OSError, nkeys.NkeysError, ValueError) as error:
        raise StartRefused(
            f"{file} holds no NKEY seed: with TLS the relay needs the one that was provisioned"
        ) from error
