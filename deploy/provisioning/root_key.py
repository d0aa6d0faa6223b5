"""The root key of the Secretariat: a file, a file with a passphrase, or a key in a device (PKCS #11).

It can enter any participant into the directory. It may be kept on a machine where nothing else runs: there
`i247 directory sign` signs what the Secretariat drafted elsewhere.
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
    """How to access the root key, if it is not a plain file in the state directory."""

    passphrase_file: Path | None = None
    pkcs11: str | None = None
    pin_file: Path | None = None


PLAIN: Final = RootAccess()


def root_access(settings: Settings) -> RootAccess:
    """Return how to access the root key."""
    return RootAccess(settings.root_passphrase_file, settings.root_pkcs11, settings.root_pin_file)


class RootKeyAbsent(StartRefused):
    """The root key is not on this machine, or needs a person to use it."""


def open_root(state_dir: StateDir, access: RootAccess, *, ask: bool = False) -> Signer:
    """Return the root key, after comparing it with the pinned public key.

    With `ask` a person may be asked for the passphrase. Raises RootKeyAbsent if the key is not here or needs a
    person, StartRefused if it is another key or is damaged.
    """
    key = _open(state_dir, access, ask=ask)
    if state_dir.root_public_key.exists() and load_root(state_dir).raw != key.public.raw:
        raise StartRefused(f"{state_dir.root_public_key} is not the public part of the root key: restore the right one")
    return key


def root_at_start(state_dir: StateDir, access: RootAccess) -> Signer | None:
    """Return the root key, or None if it needs a person or is elsewhere; make it the first time.

    It is encrypted if a passphrase is set. Raises as `open_root`, and RootKeyAbsent on a machine that is not the
    Secretariat's.
    """
    if state_dir.root_public_key.exists():
        try:
            return open_root(state_dir, access)
        except RootKeyAbsent:
            if not state_dir.is_of_secretariat:
                raise
            return None
    if access.pkcs11 is not None or state_dir.root_key.exists():
        return open_root(state_dir, access, ask=True)
    key = SigningKey.generate()
    key.save(state_dir.root_key, _passphrase(access, ask=False))
    return key


def _open(state_dir: StateDir, access: RootAccess, *, ask: bool) -> Signer:
    if access.pkcs11 is not None:
        from deploy.provisioning.pkcs11_key import DeviceKey

        return DeviceKey(access.pkcs11, access.pin_file)
    if not state_dir.root_key.exists():
        raise RootKeyAbsent(
            f"{state_dir.root_key} is not here: only the General Secretariat, which has it, changes keys and members; "
            "others request new keys with `i247 keys request`"
        )
    try:
        if not SigningKey.is_encrypted(state_dir.root_key):
            return SigningKey.load(state_dir.root_key)
        passphrase = _passphrase(access, ask=ask)
        if passphrase is None:
            raise RootKeyAbsent(
                f"{state_dir.root_key} has a passphrase: enter it on a terminal, or set I247_ROOT_PASSPHRASE_FILE"
            )
        return SigningKey.load(state_dir.root_key, passphrase)
    except KeyUnusable as error:
        raise StartRefused(str(error)) from error


def _passphrase(access: RootAccess, *, ask: bool) -> bytes | None:
    if access.passphrase_file is not None:
        try:
            return secret_in(access.passphrase_file)
        except (OSError, ValueError) as error:
            raise StartRefused(f"{access.passphrase_file} holds no passphrase: {error}") from error
    if ask and sys.stdin.isatty():
        return getpass.getpass("Passphrase of the root key: ").encode() or None
    return None
