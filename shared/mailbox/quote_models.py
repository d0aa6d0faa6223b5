"""Requests and answers: quoted records, and the releases of their owners."""

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from shared.bureaus import Bureau
from shared.dates import Moment
from shared.handling import Condition, Handling
from shared.ids import RecordId
from shared.protocol.payloads import MAX_RELEASED
from shared.service import NAME_PATTERN
from shared.web.paging import PageQuery


class RecordReference(BaseModel):
    """A record of a service."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    service: str = Field(pattern=NAME_PATTERN, examples=["stolen-vehicles"])
    kind: str = Field(pattern=NAME_PATTERN, description="The kind of the record.", examples=["vehicle"])
    record: RecordId


class Quote(RecordReference):
    """A record that a message quotes, with what binds those who read it."""

    version: int = Field(ge=1, description="The version that the sender was shown.", examples=[1])
    owner: str = Field(description="The bureau that supplied the record.", examples=["FR"])
    handling: Handling
    conditions: tuple[Condition, ...] = Field(
        (),
        description="With `H2` it goes only to its owner, and to bureaus that the owner released it to.",
        examples=[["H2"]],
    )
    other_condition: str | None = Field(None, description="What `H3` stands for.")


class ReleaseDraft(RecordReference):
    """To which bureaus a holder of your record may pass it on."""

    holder: Bureau = Field(description="The bureau that holds it.", examples=["DE"])
    to: tuple[Bureau, ...] = Field(min_length=1, max_length=MAX_RELEASED, examples=[["PL"]])
    until: Moment | None = Field(
        None, description="When it ends; by default it does not. A later release replaces an earlier one."
    )


class ReleaseQuery(PageQuery):
    """Which releases, newest first."""

    record: RecordId | None = Field(None, description="Those of one record.")


class ReleasedRecord(RecordReference):
    """A record that your bureau may pass on to another, by the word of its owner."""

    owner: str = Field(description="Who released it: honoured only for records of this bureau.", examples=["FR"])
    to: str = Field(description="To which bureau.", examples=["PL"])
    until: AwareDatetime | None = Field(examples=["2026-07-01T12:00:00Z"])
    message: str = Field(description="The signed message, whose evidence proves the release.")


class ReleasePage(BaseModel):
    """One page of releases, newest first."""

    items: list[ReleasedRecord]
    next: int | None = Field(description="Pass as `after` to get the next page; null on the last one.", examples=[247])
