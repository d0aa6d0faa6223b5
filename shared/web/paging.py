"""Which page is wanted of what a mailbox holds: messages, hits, requests. Each is numbered as it comes in."""

from typing import Final

from pydantic import BaseModel, ConfigDict, Field

# Beyond it not every reader of JSON keeps a number as it is.
MAX_NUMBER: Final = 2**53


class PageQuery(BaseModel):
    """Which page of a list, newest first; a list adds its filters."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    after: int | None = Field(None, ge=1, le=MAX_NUMBER, description="The `next` of the page before.")
    limit: int = Field(50, ge=1, le=200, description="How many at the most.", examples=[50])
