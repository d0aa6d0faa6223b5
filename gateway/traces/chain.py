"""The chain of a trace: the links by which a firearm came from place to place."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from shared.bureaus import Bureau
from shared.codes import Country
from shared.dates import PartialDate
from shared.ids import UUID_PATTERN

TraceId = Annotated[
    str,
    Field(
        pattern=UUID_PATTERN,
        description="Identifies a trace, for all its bureaus alike: a UUID in lower case.",
        examples=["0197a3c2-8e41-7a6d-8c53-708192a3b4c5"],
    ),
]


class LinkKind(StrEnum):
    """How a firearm came from one place to the next."""

    MANUFACTURE = "manufacture"
    EXPORT = "export"
    IMPORT = "import"
    SALE = "sale"
    ISSUE = "issue"
    TRANSFER = "transfer"
    RETURN = "return"
    LOSS = "loss"
    THEFT = "theft"
    DESTRUCTION = "destruction"
    OTHER = "other"


class ChainLink(BaseModel):
    """A link of the chain: from one country to another, or within one."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    origin: Country = Field(alias="from", examples=["DE"])
    to: Country = Field(examples=["ES"])
    on: PartialDate = Field(description="As far as it is known.", examples=["2019-05"])
    kind: LinkKind = Field(examples=["export"])


class ChainDoubt(BaseModel):
    """That a link does not follow from the one before it: a link may be missing, or a bureau may be wrong."""

    link: int = Field(ge=1, description="Its place in the chain, from 1.", examples=[2])
    says: str = Field(examples=["it begins in PT, and the link before it ends in ES"])


class Chain(BaseModel):
    """The way of a firearm as far as it is known, link after link."""

    trace: TraceId
    links: tuple[ChainLink, ...] = Field(description="In the order in which they were answered.")
    doubts: tuple[ChainDoubt, ...] = Field(
        (), description="Of links that begin elsewhere, or are dated earlier, than the link before them ends."
    )
    next: Bureau | None = Field(description="The bureau to ask next, as the last answer says.", examples=["ES"])
