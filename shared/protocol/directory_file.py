"""The directory as a file: the whole log in JSON, one entry a line.

Its head says how many entries there are and what they hash to: a file that lost one, in which a revoked key would be
valid again, is refused. It does NOT tell whether a whole file is an old one, as from a backup.
"""

from collections.abc import Iterable

import msgspec

from shared.crypto.ed25519 import Signer, VerifyingKey
from shared.protocol.directory import Directory
from shared.protocol.directory_entry import EntryRefused
from shared.protocol.directory_log import DirectoryPart, LogForked, PartRefused, decode_part, encode_part, log_head


def directory_text(entries: Iterable[str], root: Signer) -> str:
    """Return the content of the file of a directory, of all entries that the root key ever signed."""
    whole = list(entries)
    return file_text(DirectoryPart(log_head(whole, root), 0, whole))


def file_text(whole: DirectoryPart) -> str:
    """Return the content of the file of a directory that is signed already."""
    return msgspec.json.format(encode_part(whole), indent=1).decode() + "\n"


def read_directory(text: str, root: VerifyingKey) -> Directory:
    """Return the directory in the content of a file. Raises EntryRefused, also where any entry is missing.

    A leaf that is no entry is part of the log that the root key signed: it keeps nobody from starting.
    """
    directory = Directory(root)
    try:
        part = decode_part(text.encode())
        directory.take(part)
    except (PartRefused, LogForked) as refused:
        raise EntryRefused(str(refused)) from refused
    except EntryRefused:
        if not directory.log.size:
            raise
    if directory.log.size < directory.log.promised:
        raise EntryRefused(f"it is incomplete: {len(part.entries)} of {directory.log.promised} entries")
    return directory
