"""Requests and answers of subscriptions, each with a search as the kind of record takes it."""

from typing import Annotated, Generic

from pydantic import AwareDatetime, ConfigDict, Field

from shared.identity import Purpose
from shared.ids import id_field
from shared.records.results import NamedGeneric, PagePosition
from shared.records.search.matched_store import Q

MAX_DAYS = 365

SubscriptionId = Annotated[str, id_field("the subscription in its service")]
ValidDays = Annotated[int, Field(ge=1, le=MAX_DAYS, description="For how many days.", examples=[MAX_DAYS])]


class SubscriptionDraft(NamedGeneric, Generic[Q]):
    """A subscription to be created."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    search: Q = Field(description="The search.")
    valid_for_days: ValidDays = MAX_DAYS


class Subscription(NamedGeneric, Generic[Q]):
    """A subscription to a search."""

    id: SubscriptionId
    officer: str = Field(description="The officer who created it, as their bureau names them.", examples=["de.officer"])
    purpose: Purpose = Field(description="The purpose for which hits are shown.")
    created: AwareDatetime = Field(description="When it was created.", examples=["2026-06-01T12:00:00Z"])
    until: AwareDatetime = Field(description="When it ends.", examples=["2027-06-01T12:00:00Z"])
    search: Q = Field(description="The search.")


class Subscriptions(NamedGeneric, Generic[Q]):
    """One page of the subscriptions of a bureau, newest first."""

    items: list[Subscription[Q]] = Field(description="The subscriptions, newest first.")
    next: str | None = Field(
        description="Pass as `after` to get the next page; null on the last one.",
        examples=["0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"],
    )


class SubscriptionsQuery(PagePosition):
    """Which page of the subscriptions."""

    after: SubscriptionId | None = Field(None, description="The `next` of the page before.")
