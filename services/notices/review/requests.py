"""Red notices that are being processed: that a request is, for all bureaus that the notice would reach.

From its submission until the decision a bureau learns number, owner, colour, name and date of birth, and nothing else.
It learns nothing of drafts, of refused notices and of updates. No input or output.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from services.notices.colours import Colour
from services.notices.lifecycle import NoticeStatus
from services.notices.models import NoticeRecord
from services.notices.queries import NoticeNumber
from services.notices.subjects.models import Person, full_name
from shared.bureaus import Bureau, BureauCode
from shared.dates import PartialDate
from shared.disclosure import Disclosing, Disclosure, How
from shared.people import Text
from shared.records import service_kit as kit

PROCESSED: Final = (NoticeStatus.SUBMITTED, NoticeStatus.UNDER_REVIEW)


class RequestQuery(BaseModel):
    """Which requests a list shows."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    owner: Bureau | None = Field(None, description="Only those of this bureau.")
    number: NoticeNumber | None = Field(None, description="Only the one of this number.", examples=["2026/52482"])
    after: NoticeNumber | None = Field(None, description="The `next` of the page before.", examples=["2026/52482"])
    limit: int = Field(50, ge=1, le=200, description="The maximum number.", examples=[50])


class NoticeRequest(BaseModel):
    """That a red notice is being processed."""

    number: NoticeNumber
    owner: Bureau = Field(description="The bureau that requests it.")
    colour: Colour = Field(description="Red: of no other is it shown.", examples=["red"])
    name: Text | None = Field(description="In full, forenames first.", examples=["Jean Marie Dupont"])
    date_of_birth: PartialDate | None = Field(description="As far as known.", examples=["1985-03-14"])

    _disclosure: Disclosure = PrivateAttr()

    @classmethod
    def of(cls, notice: NoticeRecord, number: str) -> Self:
        """Return the request for a notice."""
        person = notice.subject if isinstance(notice.subject, Person) else None
        request = cls(
            number=number,
            owner=notice.owner,
            colour=notice.colour,
            name=full_name(person) or None if person else None,
            date_of_birth=person.date_of_birth if person else None,
        )
        request._disclosure = notice.disclosure("list")
        return request

    @property
    def disclosure(self) -> Disclosure:
        """The disclosure of the notice, which the audit log keeps: who saw this is told when it is refused."""
        return self._disclosure


class NoticeRequestPage(BaseModel, Disclosing):
    """One page of the red notices that are being processed, in the order of their numbers, which are random."""

    items: list[NoticeRequest] = Field(description="In the order of their numbers.")
    next: NoticeNumber | None = Field(description="Pass as `after` to get the next page; null on the last one.")
    withheld: int = Field(0, ge=0, description="How many of the page are confidential, and left out.", examples=[0])

    def disclosed(self, _how: How) -> Iterator[Disclosure]:
        """Yield the disclosures of the notices, as shown in a list."""
        return (item.disclosure for item in self.items)


def is_processed(notice: NoticeRecord, audience: kit.Audience) -> bool:
    """Return whether a notice is a request that others see while its audience is this."""
    return notice.colour is Colour.RED and notice.status in PROCESSED and audience is kit.Audience.SECRETARIAT


def as_request(notice: NoticeRecord) -> NoticeRecord:
    """Return what decides who sees the request: the bureaus that the notice would reach, and no partner."""
    return notice.model_copy(update={"partners": ()})


def request_columns(notice: NoticeRecord, audience: kit.Audience) -> Mapping[str, Any]:
    """Return the columns that decide who sees the request; null if there is none."""
    if not is_processed(notice, audience):
        return {"asked_reach": None, "asked_admitted": None}
    access = kit.access_of(as_request(notice), kit.Audience.ALL)
    return {"asked_reach": access.reach, "asked_admitted": access.admitted}


def may_see_request(bureau: BureauCode, notice: NoticeRecord, audience: kit.Audience) -> bool:
    """Return whether a participant may see that a notice is being processed."""
    return is_processed(notice, audience) and kit.may_see(bureau, as_request(notice), kit.Audience.ALL)
