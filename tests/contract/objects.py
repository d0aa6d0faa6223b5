"""An object that is too large for a parcel, and how a transport reads it."""

import io
from random import Random

from shared.transport import Transport

NAME = "01890a5d-ac96-774b-bcce-b302099a8057.1"
# More chunks than are under way at once, of which the last is incomplete.
LARGE = Random(247).randbytes(3_000_001)  # noqa: S311 - nothing secret is drawn
LIMIT = 64 * 1024 * 1024


async def fetched(transport: Transport, name: str = NAME, *, owner: str = "FR", max_bytes: int = LIMIT) -> bytes:
    """Return an object."""
    target = io.BytesIO()
    await transport.get_object(owner, name, target, max_bytes=max_bytes)
    return target.getvalue()
