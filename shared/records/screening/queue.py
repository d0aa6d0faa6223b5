"""What partners sent to be screened, until it is compared. Each is stored alike, so no answer depends on a match."""

from datetime import datetime
from typing import Annotated, Any, Final

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from shared.bureaus import MAX_CODE, kind_of
from shared.codes import Country
from shared.identity import Caller
from shared.ids import uuid7
from shared.people import Text
from shared.personal_data import require_no_personal_data
from shared.records.search.searchable_store import SearchableStore
from shared.rights import NotForParticipant
from shared.storage import Session, insert

SCREENED: Final = "screened"
"""In the metadata of a service: the store whose records are screened for, and the table of what waits."""

MAX_PLACE: Final = 80


class Sighting(BaseModel):
    """Where a partner saw something; a kind adds what it saw."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    country: Country = Field(description="Where it was seen: ISO 3166-1 alpha-2. Its bureau is alerted of a match.")
    place: Annotated[Text, Field(max_length=MAX_PLACE)] = Field(
        description="Where exactly, such as a desk; no person.", examples=["Marseille airport, desk 12"]
    )


class Referral(BaseModel):
    """Whether the partner is to refer somebody to the police, where its agreement lets it know."""

    refer: bool = Field(description="Whether a record matches.", examples=[False])


def screening_table(metadata: sa.MetaData, store: type[SearchableStore[Any, Any]]) -> sa.Table:
    """Declare the table of what waits to be compared with the records of a kind, and that the kind is screened for."""
    table = sa.Table(
        "screenings",
        metadata,
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.Column("partner", sa.String(MAX_CODE), nullable=False),
        sa.Column("officer", sa.String(255), nullable=False),
        sa.Column("purpose", sa.String(32), nullable=False),
        sa.Column("request", sa.String(36), nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("query", sa.LargeBinary, nullable=False),
    )
    metadata.info[SCREENED] = (store, table)
    return table


class ScreeningQueue:
    """The queue of a service, in the transaction of a request."""

    table: sa.Table

    def __init__(self, session: Session, caller: Caller, at: datetime) -> None:
        self._session = session
        self._caller = caller
        self._at = at

    async def put(self, query: BaseModel, seen: Sighting) -> None:
        """Add what was seen, whether anything matches or not. Raises NotForParticipant, PersonalData."""
        if kind_of(self._caller.bureau) != "partner":
            raise NotForParticipant("partners alone send what they saw to be screened: search instead")
        require_no_personal_data({"/place": seen.place}, "state the place alone; no person, address or number to call")
        row = {
            "id": uuid7(self._at),
            "at": self._at.timestamp(),
            "partner": self._caller.bureau,
            "officer": self._caller.officer,
            "purpose": self._caller.purpose,
            "request": self._caller.request_id,
            "country": seen.country,
            "place": seen.place,
            "query": query.model_dump_json(exclude_defaults=True).encode(),
        }
        await self._session.execute(insert(self.table), row)
