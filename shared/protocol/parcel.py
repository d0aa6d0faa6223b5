"""What travels on the broker: a body with its headers."""

import msgspec


class Parcel(msgspec.Struct, frozen=True, gc=False):
    """What is carried: the exact body, the signature over it, and for a sealed body the recipient's key to it."""

    signature: str
    body: bytes
    key: str = ""

    @property
    def size(self) -> int:
        """How many bytes it holds."""
        return len(self.signature) + len(self.body) + len(self.key)
