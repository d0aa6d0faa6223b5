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
from shared.protocol.directory import Directory
from shared.protocol.directory_entry import Entry, EntryRefused
from shared.protocol.directory_file import file_text, read_directory

_decode_drafts: Final = msgspec.json.Decoder(list[Entry]).decode


def load_root(state_dir: StateDir) -> VerifyingKey:
    """Return the root's public key, the anchor of trust. Raises StartRefused."""
    try:
        return VerifyingKey(decode_base64url(_text(state_dir.root_public_key)))
    except ValueError as error:
        raise StartRefused(f"{state_dir.root_public_key} holds no public key: restore or remove the file") from error


def load_directory(state_dir: StateDir, root: VerifyingKey | None = None) -> Directory:
    """Read and verify the directory with the root key, by default the pinned one.

    Raises StartRefused, also if any entry is missing: it may be a revocation.
    """
    state_dir.has_directory()
    try:
        return read_directory(_text(state_dir.directory), root or load_root(state_dir))
    except EntryRefused as error:
        raise StartRefused(f"{state_dir.directory}: {error}: {state_dir.how_to_restore()}") from error


def save_directory(state_dir: StateDir, directory: Directory) -> None:
    """Replace the file of the directory atomically."""
    replace_file(state_dir.directory, file_text(directory.log.part()).encode())


def extend_directory(state_dir: StateDir, known: Directory) -> None:
    """Write a directory that extends the file, so that a restart begins with it. Raises StartRefused, OSError."""
    with state_dir.locked():
        written = load_directory(state_dir, known.root).log
        if known.log.size > written.size and known.log.begins_with(written.size, written.root_hash):
            save_directory(state_dir, known)


def load_drafts(state_dir: StateDir) -> list[Entry]:
    """Return the entries that the root key is to sign. Raises StartRefused."""
    if not state_dir.drafts.exists():
        return []
    try:
        return _decode_drafts(state_dir.drafts.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise StartRefused(f"{state_dir.drafts} cannot be read: restore or remove the file") from error


def save_drafts(state_dir: StateDir, drafts: Iterable[Entry]) -> None:
    """Write the entries that the root key is to sign."""
    replace_file(state_dir.drafts, msgspec.json.format(msgspec.json.encode(list(drafts)), indent=1) + b"\n")


def added_bureaus(state_dir: StateDir) -> tuple[BureauCode, ...]:
    """Return the bureaus that joined after the mesh was created. Raises StartRefused."""
    if not state_dir.added_bureaus.exists():
        return ()
    try:
        return tuple(parse_bureau(code) for code in _text(state_dir.added_bureaus).split())
    except UnknownBureau as error:
        raise StartRefused(f"{state_dir.added_bureaus}: {error.detail}: restore or remove the file") from error


def add_bureau(state_dir: StateDir, bureau: BureauCode) -> None:
    """Record that a bureau joined; the gateway here becomes its gateway."""
    added = added_bureaus(state_dir)
    if bureau not in added:
        replace_file(state_dir.added_bureaus, ("\n".join([*added, bureau]) + "\n").encode())


def _text(file: Path) -> str:
    try:
        return file.read_text(errors="replace").strip()
    except FileNotFoundError as error:
        raise StartRefused(
            f"{file} is missing: run `i247 provision`, or `i247 keys install` if the Secretariat is elsewhere"
        ) from error
    except OSError as error:
        raise StartRefused(f"{file} cannot be read ({error.strerror}): restore or remove it") from error
