"""The form of the evidence of a message, as the document of the API describes it. The bytes come from the mailbox."""

from typing import Any, Literal

from pydantic import BaseModel, Field
from typing_extensions import TypeAliasType

EnvelopeHead = TypeAliasType("EnvelopeHead", dict[str, Any])


class SignedEnvelope(BaseModel):
    """What was signed: of the message itself, or of a receipt for it."""

    signature: str = Field(description="The detached JWS.", examples=["eyJ0eXAiOiJpMjQ3LW1lc3NhZ2Ui...0..4o43HCJ9"])
    head: EnvelopeHead = Field(description="Its protected header, to be read.", examples=[{"typ": "i247-message"}])


class EvidenceMessage(SignedEnvelope):
    """The message as it was sent."""

    ciphertext: str = Field(description="The signed body, base64url.", examples=["n4LqVGXlA6PC"])
    ciphertext_digest: str = Field(description="Its SHA-256, base64url.", examples=["lQg6p4lRbuIQ"])


class MessageEvidence(BaseModel):
    """The evidence of a message. Keep its exact bytes: each of them is checked."""

    format: Literal["i247-evidence-1"]
    message: EvidenceMessage
    content: str = Field(
        description="What was written, itself JSON, as the sender's gateway wrote it.", examples=["{}"]
    )
    salt: str = Field(description="Of the digest of the content, base64url.", examples=["n4LqVGXlA6PC"])
    blinds: dict[str, str] = Field(
        description="By the code of an undisclosed recipient, the salt of its digest.", examples=[{}]
    )
    receipts: list[SignedEnvelope] = Field(description="What recipients signed.")
    entries: list[str] = Field(description="The signed entry of each key in the directory.", examples=[["eyJ0eXAi..."]])
