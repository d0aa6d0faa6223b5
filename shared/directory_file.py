"""The directory as a file: a manifest that the root signed, then the entries, one a line.

Without the manifest a file that lost some lines would pass for a whole one, in which a revoked key is valid again.
It does NOT tell whether a whole file is an old one, as from a backup.
"""

from typing import Final

import msgspec

from shared.directory import Directory, EntryRefused, sign_by_root, signed_by_root
from shared.signing import SigningKey, VerifyingKey, decode_base64url

MANIFEST_TYPE: Final = "i247-directory-manifest"


class _Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    entries: int
    digest: str


_decode_manifest = msgspec.json.Decoder(_Manifest).decode


def directory_text(directory: Directory, root: SigningKey) -> str:
    """Return the content of the file of a directory."""
    entries = directory.signed_entries()
    manifest = msgspec.json.encode(_Manifest(len(entries), directory.digest))
    return "\n".join([sign_by_root(MANIFEST_TYPE, manifest, root), *entries]) + "\n"


def read_directory(text: str, root: VerifyingKey) -> Directory:
    """Return the directory in the content of a file. Raises EntryRefused, also where any entry is missing."""
    first, *entries = text.split() or [""]
    manifest = _read_manifest(first, root)
    directory = Directory(root, entries)
    if (len(entries), directory.digest) != (manifest.entries, manifest.digest):
        raise EntryRefused(f"it is incomplete: {len(entries)} of {manifest.entries} entries")
    return directory


def entries_in(text: str) -> tuple[str, ...]:
    """Return the entries in the content of a file. Checks neither them nor whether all are there."""
    lines = text.split()
    return tuple(lines[1:] if lines and _is_manifest(lines[0]) else lines)


def _read_manifest(line: str, root: VerifyingKey) -> _Manifest:
    if not _is_manifest(line):
        raise EntryRefused("it does not begin with a signed manifest, so that entries may be missing")
    try:
        return _decode_manifest(signed_by_root(MANIFEST_TYPE, line, root))
    except ValueError as error:
        raise EntryRefused("its manifest cannot be decoded") from error


def _is_manifest(line: str) -> bool:
    try:
        return MANIFEST_TYPE.encode() in decode_base64url(line.partition(".")[0])
    except ValueError:
        return False
