"""The form of the evidence of a trace, as the document of the API describes it: an evidence pack without audit logs."""

from typing import Literal

from pydantic import BaseModel, Field
from typing_extensions import TypeAliasType

from shared.bureaus import Bureau

# Named, so that a generated client has no type with a number in its name.
PackAssertions = TypeAliasType("PackAssertions", dict[str, str])


class TraceEvidence(BaseModel):
    """The evidence of a trace. Keep its exact bytes: each of them is checked."""

    format: Literal["i247-evidence-pack-1"]
    maker: Bureau = Field(description="The bureau that signs it.", examples=["PL"])
    since: str | None = Field(description="Of a pack of a test run alone.", examples=[None])
    software: dict[str, str] = Field(description="The version of each program.", examples=[{"i247": "0.1.0"}])
    directory: str = Field(description="The file of the directory: each key, signed by the root.", examples=["{}"])
    logs: list[str] = Field(description="None: a trace is in no audit log.", max_length=0, examples=[[]])
    messages: list[str] = Field(
        description="The evidence of each message, as `GET /api/messages/{message_id}/evidence` has it.",
        examples=[["{}"]],
    )
    assertions: PackAssertions | None = Field(description="Of a pack of a test run alone.", examples=[None])
    results: list[str] = Field(description="None, as there are no assertions.", max_length=0, examples=[[]])
    signature: str = Field(description="The line of the maker, a C2SP cosignature.", examples=["— PL n4LqVGXlA6PC"])
