"""What an explanation says."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from shared.ids import id_field
from shared.records.search.near_misses import NearMisses

Part = Literal["gateway", "request", "service", "answer", "message", "evidence", "search", "sandbox"]
Result = Literal["ok", "failed", "undecided"]


class Step(BaseModel):
    """One step, and how it ended."""

    part: Part = Field(description="Where it was checked or done.", examples=["request"])
    step: str = Field(description="What was checked or done.", examples=["signature"])
    result: Result = Field(examples=["ok"])
    says: str = Field(
        description="What was found, or the reason.", examples=["the signature fits head and body, by the key of FR"]
    )


class SigningInput(BaseModel):
    """The canonical bytes: what a signature signs (RFC 7515), which is the head, a dot and the body."""

    size: int = Field(description="In bytes.", examples=[614])
    sha256: str = Field(
        description="Of all bytes, base64url.", examples=["Xl1fG3pGxj0bV2uU9wqjM3b0o0rQn3s8Q1gkJ3wq4uQ"]
    )
    base64url: str | None = Field(description="All bytes; null if they are too many, or not for this officer.")
    text: str | None = Field(description="The same as text; null where they are none.")


class EnvelopeShown(BaseModel):
    """A signed envelope, opened. Of a sealed message the body is the ciphertext."""

    head: dict[str, Any] | None = Field(description="The signed members; null if they cannot be read.")
    signature: str = Field(description="The header `I247-Signature`: a detached JWS.")
    digest: str = Field(description="Of that header: answers and receipts are bound to it.")
    body_bytes: int = Field(examples=[0])
    signing_input: SigningInput


class ExplainedPart(BaseModel):
    """A request that the gateway sent to a service for what is explained, such as that to one register of a check."""

    id: str = id_field("that request, by which it is explained")
    service: str = Field(description="The service that was asked.", examples=["notices"])
    says: str = Field(description="The result.", examples=["GET /api/notices/search was answered 200."])


class StepExplanation(BaseModel):
    """What happened to a request or a message, step by step."""

    id: str = id_field("the request or the message")
    about: Literal["request", "message"]
    says: str = Field(
        description="The result, and the reason if it failed, in one sentence.",
        examples=["GET /api/notices/search was answered 200."],
    )
    request: EnvelopeShown | None = Field(description="The signed request, or message; null if nothing was signed.")
    answer: EnvelopeShown | None = Field(description="The signed answer of the service; null if none came.")
    steps: list[Step]
    parts: list[ExplainedPart] = Field(
        description="The requests to services that the gateway sent for it: of a check one for each register that was "
        "asked, in the order of its `sources`. Each is explained by its own id."
    )
    why_not: NearMisses | None = Field(description="Of a search: what it did not find, and why.")
