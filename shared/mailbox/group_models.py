"""Requests and answers: groups of bureaus."""

from typing import Annotated, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from shared.bureaus import Bureau
from shared.patterns import in_words
from shared.protocol.envelope import MAX_RECIPIENTS
from shared.validation import wrong

_A_GROUP: Final = "must be the name of a group: 2 to 63 small letters, figures and dashes, such as joint-team"
GroupName = Annotated[str, Field(pattern=in_words("^[a-z][a-z0-9-]{1,62}$", _A_GROUP), examples=["joint-team"])]


class GroupEntry(BaseModel):
    """A group of bureaus to be stored."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    members: tuple[Bureau, ...] = Field(min_length=1, max_length=MAX_RECIPIENTS, examples=[["DE", "IT", "ES"]])
    disclosed: bool = Field(False, description="Whether its members learn from a message who the other recipients are.")

    @model_validator(mode="after")
    def _each_once(self) -> "GroupEntry":
        if len(set(self.members)) < len(self.members):
            raise wrong("/members", "each member is named once")
        return self


class Group(GroupEntry):
    """A named group of bureaus. Only the bureau that stored it can use it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    name: GroupName
    updated: AwareDatetime = Field(examples=["2026-06-01T12:00:00Z"])


class Groups(BaseModel):
    """All groups of a bureau, by name."""

    items: list[Group]
