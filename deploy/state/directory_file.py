"""The files of the directory in a state directory: signed entries, drafts, the pinned root key, added bureaus."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from deploy.state.errors import StartRefused
from deploy.state.state_dir import StateDir
from shared.bureaus import BureauCode, parse_bureau
from shared.crypto.ed25519 import VerifyingKey, decode_base64url
from shared.errors import UnknownBureau
from shared.files import replace_file
from shared.protocol.directory import Directory, Entry, EntryRefused
from shared.protocol.directory_file import file_text, read_directory


def load_root(home: StateDir) -> VerifyingKey:
    """Return the root's public key, by which all else is trusted. Raises StartRefused."""
    try:
        return VerifyingKey(decode_base64url(_text(home.root_public_key)))
    except ValueError as error:
        raise StartRefused(f"{home.root_public_key} holds no public key: restore or remove the file") from error


def load_directory(home: StateDir, root: VerifyingKey | None = None) -> Directory:
    """Read the directory of a mesh, trusting the root key alone, by default that pinned beside it.

    Raises StartRefused, also where any entry is missing: it may be a revocation.
    """
    home.has_directory()
    try:
        return read_directory(_text(home.directory), root or load_root(home))
    except EntryRefused as error:
        raise StartRefused(f"{home.directory}: {error}: {home.how_to_restore()}") from error


def save_directory(home: StateDir, directory: Directory) -> None:
    """Write the directory in one step: those who start meanwhile read it before or after."""
    replace_file(home.directory, file_text(directory.log.part()).encode())


def extend_directory(home: StateDir, known: Directory) -> None:
    """Write the directory as it is known, if that goes on from what is written: a restart begins with it.

    Raises StartRefused, OSError.
    """
    with home.changing():
        written = load_directory(home, known.root).log
        if known.log.size > written.size and known.log.begins_with(written.size, written.root_hash):
            save_directory(home, known)


_decode_drafts: Final = msgspec.json.Decoder(list[Entry]).decode


def load_drafts(home: StateDir) -> list[Entry]:
    """Return the entries that the root key is to sign. Raises StartRefused."""
    if not home.drafts.exists():
        return []
    try:
        return _decode_drafts(home.drafts.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise StartRefused(f"{home.drafts} cannot be read: restore or remove the file") from error


def save_drafts(home: StateDir, drafts: Iterable[Entry]) -> None:
    """Write the entries that the root key is to sign."""
    replace_file(home.drafts, msgspec.json.format(msgspec.json.encode(list(drafts)), indent=1) + b"\n")


def added_bureaus(home: StateDir) -> tuple[BureauCode, ...]:
    """Return the bureaus that joined after the mesh was made. Raises StartRefused."""
    if not home.added_bureaus.exists():
        return ()
    try:
        return tuple(parse_bureau(code) for code in _text(home.added_bureaus).split())
    except UnknownBureau as error:
        raise StartRefused(f"{home.added_bureaus}: {error.detail}: restore or remove the file") from error


def add_bureau(home: StateDir, bureau: BureauCode) -> None:
    """Note that a bureau joined, for the gateway that is to be its own."""
    added = added_bureaus(home)
    if bureau not in added:
        replace_file(home.added_bureaus, ("\n".join([*added, bureau]) + "\n").encode())


def _text(file: Path) -> str:
    try:
        return file.read_text(errors="replace").strip()
    except FileNotFoundError as error:
        raise StartRefused(
            f"{file} is missing: run `i247 provision`, or `i247 keys install` where the Secretariat is elsewhere"
        ) from error
    except OSError as error:
        raise StartRefused(f"{file} cannot be read ({error.strerror}): restore or remove it") from error
