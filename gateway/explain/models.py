"""What an explanation says."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from shared.ids import id_field

Part = Literal["gateway", "request", "service", "answer", "message", "evidence", "search", "sandbox"]
Result = Literal["ok", "failed", "undecided"]


class Step(BaseModel):
    """One step, and how it ended."""

    part: Part = Field(description="Which part of the way it belongs to.", examples=["request"])
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


class MissedField(BaseModel):
    """One thing that kept a record out of the answer to a search."""

    field: str = Field(description="Of the search, or `status` or `score`.", examples=["date_of_birth"])
    asked: str = Field(examples=["1987-03-14"])
    found: str | None = Field(description="What the record has; null if nothing.", examples=["1978-03-14"])
    score: float = Field(ge=0, le=1, description="How well it fits.", examples=[0.0])
    needed: float = Field(ge=0, le=1, description="How well it must fit.", examples=[0.64])
    says: str = Field(examples=["asked 1987-03-14, found 1978-03-14"])


class MissedRecord(BaseModel):
    """A record that the officer may see, that a search did not find."""

    kind: str = Field(examples=["notice"])
    record: str = Field(examples=["0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"])
    version: int = Field(examples=[1])
    owner: str = Field(examples=["DE"])
    kept_out: list[MissedField]


class WhyNot(BaseModel):
    """The records nearest to a search that it did not find, nearest first, as the officer may see them now."""

    compared: int = Field(description="How many of the records that the officer may see were compared.", examples=[200])
    near: list[MissedRecord]


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
    why_not: WhyNot | None = Field(description="Of a search: what it did not find, and why.")
