"""The answers of the public notices API. Members that begin with an underscore are those of HAL."""

from typing import Final, NotRequired

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from gateway.public_notices.parameters import MOST_PER_PAGE
from shared.notice_shapes.members import CODES, DATE, RedMembers, UnMembers, YellowMembers

_HREF: Final = "https://gateway.example/notices/v1/"
_ID: Final = Field(description="The number of the notice.", examples=["2026/52482"])


class HalLink(BaseModel):
    """A link."""

    href: str = Field(examples=[f"{_HREF}red/2026-52482"])


class _Answer(BaseModel):
    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)


class PageLinks(TypedDict):
    """The pages of a list; `next` is absent on the last one."""

    self: HalLink
    first: HalLink
    next: NotRequired[HalLink]
    last: HalLink


class NoticeLinks(TypedDict):
    """The parts of a notice; `thumbnail` is absent where there is no picture."""

    self: HalLink
    images: HalLink
    thumbnail: NotRequired[HalLink]


class ListedNotice(_Answer):
    """A notice in a list."""

    forename: str | None = Field(description="All forenames.", examples=["Jean Marie"])
    date_of_birth: str | None = DATE
    entity_id: str = _ID
    nationalities: list[str] | None = CODES
    name: str | None = Field(description="Family name, or the only one.", examples=["Dupont"])
    links: NoticeLinks = Field(alias="_links")


class ListedNotices(BaseModel):
    """The notices of a page."""

    notices: list[ListedNotice]


class PublicNoticePage(_Answer):
    """One page of a list."""

    total: int = Field(description=f"How many fit; pages reach the first {MOST_PER_PAGE}.", examples=[1])
    query: dict[str, str | int] = Field(
        description="The page that is shown, and what was asked.", examples=[{"page": 1, "resultPerPage": 20}]
    )
    embedded: ListedNotices = Field(alias="_embedded")
    links: PageLinks = Field(alias="_links")


class NoLinks(BaseModel):
    """Linked notices: none are public."""

    links: list[str] = Field(examples=[[]])


class _Noted(_Answer):
    entity_id: str = _ID
    embedded: NoLinks = Field(alias="_embedded")
    links: NoticeLinks = Field(alias="_links")


class PublicRedNotice(_Noted, RedMembers):
    """A red notice as the public sees it."""


class PublicYellowNotice(_Noted, YellowMembers):
    """A yellow notice as the public sees it."""


class PublicUnNotice(_Noted, UnMembers):
    """An INTERPOL-United Nations Security Council special notice as the public sees it."""


class PublicPicture(_Answer):
    """A picture of a notice."""

    picture_id: str = Field(examples=["62412748"])
    links: dict[str, HalLink] = Field(alias="_links", examples=[{"self": {"href": _HREF}}])


class PublicPictures(BaseModel):
    """The pictures of a notice."""

    images: list[PublicPicture]


class ImageLinks(TypedDict):
    """The links of the pictures; `thumbnail` is absent where there is none."""

    self: HalLink
    notice: HalLink
    thumbnail: NotRequired[HalLink]


class ImagesAnswer(_Answer):
    """The pictures of a notice, and their links."""

    embedded: PublicPictures = Field(alias="_embedded")
    links: ImageLinks = Field(alias="_links")


class PublicCountry(BaseModel):
    """A country by its code."""

    value: str = Field(description="ISO 3166-1 alpha-2.", examples=["FR"])
    name: str = Field(description="In English.", examples=["France"])


class PublicError(BaseModel):
    """Why a request was not answered."""

    status: int = Field(examples=[404])
    name: str = Field(examples=["NotFoundError"])
    message: str = Field(examples=["Not Found"])
