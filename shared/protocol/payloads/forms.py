"""What the forms of all parts share: their base, and the types of their members."""

from typing import Annotated, Final, Literal

import msgspec

MAX_REMARK: Final = 2_000
# Of one evidence file; several must fit into the body of one message.
MAX_PROOF: Final = 160 * 1024

Seconds = float
# Of a service, or of a kind of record.
RecordName = Annotated[str, msgspec.Meta(pattern=r"\A[a-z][a-z-]{0,39}\Z")]
Remark = Annotated[str, msgspec.Meta(max_length=MAX_REMARK, pattern=r"\A[^\x00]*\Z")]
Proof = Annotated[str, msgspec.Meta(max_length=MAX_PROOF, pattern=r"\A[A-Za-z0-9_-]+\Z")]
Urgency = Literal["urgent", "routine"]


class BaseForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of all forms."""
