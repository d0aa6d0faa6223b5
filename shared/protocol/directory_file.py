"""The directory as a file: the whole log in JSON, one entry a line.

Its head has the number and the hash of the entries: a file without one, such as a revocation, is refused. Does NOT
detect an old file, as from a backup.
"""

import msgspec

from shared.crypto.ed25519 import VerifyingKey
from shared.protocol.directory import Directory
from shared.protocol.directory_entry import EntryRefused
from shared.protocol.directory_log import DirectoryPart, LogForked, PartRefused, decode_part, encode_part


def file_text(whole: DirectoryPart) -> str:
    """Return the content of the file of a signed directory."""
    return msgspec.json.format(encode_part(whole), indent=1).decode() + "\n"


def read_directory(text: str, root: VerifyingKey) -> Directory:
    """Return the directory in a file. Raises EntryRefused, also if any entry is missing.

    An invalid leaf of a signed log is ignored, so that nobody is kept from starting.
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
