"""What partners send to be screened. Each is stored alike, so no answer depends on a match."""

from datetime import datetime
from typing import Annotated, ClassVar, Final, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from shared.bureaus import kind_of
from shared.codes import Country
from shared.identity import Caller
from shared.ids import uuid7
from shared.people import Text, comparable, require_visible
from shared.personal_data import require_no_personal_data
from shared.records.screening.sightings import Screened, Seen, Sightings
from shared.rights import NotForParticipant
from shared.storage import Session

MAX_PLACE: Final = 80


class Sighting(BaseModel):
    """Where a partner saw something; a kind adds what it saw."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    country: Country = Field(description="Where it was seen: ISO 3166-1 alpha-2. Its bureau is alerted of a match.")
    place: Annotated[Text, Field(max_length=MAX_PLACE), AfterValidator(comparable)] = Field(
        description="Where exactly, such as a desk; no person.", examples=["Marseille airport, desk 12"]
    )

    @model_validator(mode="after")
    def _is_visible(self) -> Self:
        require_visible({"/place": self.place})
        return self


class Referral(BaseModel):
    """Whether the partner is to refer somebody to the police, where its agreement lets it know."""

    refer: bool = Field(description="Whether a record matches.", examples=[False])


class ScreeningQueue:
    """The queue of a service, in the transaction of a request."""

    screened: ClassVar[Screened]

    def __init__(self, session: Session, caller: Caller, at: datetime) -> None:
        self._sightings = Sightings(self.screened, session, caller, at)
        self._caller = caller
        self._at = at

    async def put(self, query: BaseModel, seen: Sighting) -> None:
        """Add what was seen, whether anything matches or not.

        Raises NotForParticipant, PersonalData, TooManyScreened.
        """
        if kind_of(self._caller.bureau) != "partner":
            raise NotForParticipant("partners alone send what they saw to be screened: search instead")
        require_no_personal_data({"/place": seen.place}, "state the place alone; no person, address or number to call")
        await self._sightings.require_few()
        await self._sightings.add(uuid7(self._at), query, Seen(seen.country, seen.place))
