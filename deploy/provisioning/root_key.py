"""The root key of the Secretariat: a file, a file under a passphrase, or a key that never leaves a device (PKCS #11).

Whoever signs with it can enter anybody into the directory. So it may lie where nothing else runs: there `i247 directory
sign` signs what the Secretariat drafted elsewhere.
"""

import getpass
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.state.directory_file import load_root
from deploy.state.errors import StartRefused
from deploy.state.settings import Settings
from deploy.state.state_dir import StateDir
from shared.crypto.ed25519 import KeyUnusable, Signer, SigningKey
from shared.files import secret_in


@dataclass(frozen=True, slots=True)
class RootAccess:
    """How the root key is reached, if it is not simply a file in the state directory."""

    passphrase_file: Path | None = None
    pkcs11: str | None = None
    pin_file: Path | None = None


PLAIN: Final = RootAccess()


def root_access(settings: Settings) -> RootAccess:
    """Return how the root key is reached."""
    return RootAccess(settings.root_passphrase_file, settings.root_pkcs11, settings.root_pin_file)


class RootKeyAbsent(StartRefused):
    """The root key is not on this machine, or it takes a person to use it."""


def open_root(home: StateDir, access: RootAccess, *, ask: bool = False) -> Signer:
    """Return the root key, once it is seen to be the one that is trusted here.

    `ask` says that a person may be asked for the passphrase. Raises RootKeyAbsent where the key cannot be used without
    one, StartRefused where it is another key or is damaged.
    """
    key = _open(home, access, ask=ask)
    if home.root_public_key.exists() and load_root(home).raw != key.public.raw:
        raise StartRefused(f"{home.root_public_key} is not the public part of the root key: restore the right one")
    return key


def root_at_start(home: StateDir, access: RootAccess) -> Signer | None:
    """Return the root key, or None where it takes a person or lies elsewhere; at the first time make it.

    It is made under the passphrase if one is set. Raises as `open_root`, and RootKeyAbsent on a machine that is not
    the Secretariat's.
    """
    if home.root_public_key.exists():
        try:
            return open_root(home, access)
        except RootKeyAbsent:
            if not home.is_of_secretariat:
                raise
            return None
    if access.pkcs11 is not None or home.root_key.exists():
        return open_root(home, access, ask=True)
    key = SigningKey.generate()
    key.save(home.root_key, _passphrase(access, ask=False))
    return key


def _open(home: StateDir, access: RootAccess, *, ask: bool) -> Signer:
    if access.pkcs11 is not None:
        from deploy.provisioning.pkcs11_key import DeviceKey

        return DeviceKey(access.pkcs11, access.pin_file)
    if not home.root_key.exists():
        raise RootKeyAbsent(
            f"{home.root_key} is not here: only the General Secretariat, which has it, changes keys and members; "
            "others ask for new keys with `i247 keys request`"
        )
    try:
        if not SigningKey.is_encrypted(home.root_key):
            return SigningKey.load(home.root_key)
        passphrase = _passphrase(access, ask=ask)
        if passphrase is None:
            raise RootKeyAbsent(
                f"{home.root_key} is under a passphrase: give it on a terminal, or in the file that "
                "I247_ROOT_PASSPHRASE_FILE names"
            )
        return SigningKey.load(home.root_key, passphrase)
    except KeyUnusable as error:
        raise StartRefused(str(error)) from error


def _passphrase(access: RootAccess, *, ask: bool) -> bytes | None:
    if access.passphrase_file is not None:
        return _secret(access.passphrase_file)
    if ask and sys.stdin.isatty():
        return getpass.getpass("Passphrase of the root key: ").encode() or None
    return None


def _secret(file: Path) -> bytes:
    try:
        return secret_in(file)
    except (OSError, ValueError) as error:
        raise StartRefused(f"{file} holds no passphrase: {error}") from error
