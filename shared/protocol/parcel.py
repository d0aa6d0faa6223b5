"""What the broker carries: a body with its headers."""

import msgspec


class Parcel(msgspec.Struct, frozen=True, gc=False):
    """The exact body, the signature header, and for an encrypted body the wrapped content key."""

    signature: str
    body: bytes
    key: str = ""

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return len(self.signature) + len(self.body) + len(self.key)
