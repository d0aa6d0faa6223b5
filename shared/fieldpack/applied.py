"""What a post signs when it has applied a pack: it is handed in, so that owners see which posts removed a record."""

from typing import Annotated, Final

import msgspec

from shared.crypto.ed25519 import VerifyingKey, decode_base64url
from shared.fieldpack.search_log import MAX_NUMBER, MAX_TIME
from shared.protocol.envelope import Digest

# The clock of a post is set by hand or by radio; a step this small is none back.
TOLERATED_SECONDS: Final = 300.0


class AppliedPack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """That the post applied a pack, signed by its key over all else."""

    digest: Digest
    number: Annotated[int, msgspec.Meta(ge=1, le=MAX_NUMBER)]
    at: Annotated[float, msgspec.Meta(ge=0, le=MAX_TIME)]
    """By the clock of the post."""

    signature: str = ""

    @property
    def signed(self) -> bytes:
        """The bytes that are signed."""
        return b"i247 applied\0" + _encode(msgspec.structs.replace(self, signature=""))

    @property
    def statement(self) -> str:
        """All of it, as it is handed in."""
        return _encode(self).decode()

    def is_signed_by(self, key: VerifyingKey) -> bool:
        """Return whether the post signed it."""
        try:
            return key.verifies(decode_base64url(self.signature), self.signed)
        except ValueError:
            return False


_encode: Final = msgspec.json.Encoder().encode
read_applied: Final = msgspec.json.Decoder(AppliedPack).decode
"""Return a statement. Does NOT verify its signature. Raises ValueError."""
