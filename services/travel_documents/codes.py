"""The issuers of documents as the service answers them."""

from typing import Final

from pydantic import BaseModel, Field

from services.travel_documents.issuers import ISSUERS, ListedIssuer


class DocumentCodes(BaseModel):
    """The codes that are printed in documents."""

    issuers: tuple[ListedIssuer, ...] = Field(description="By code. Nationalities such as XXA issue no documents.")


CODES: Final = DocumentCodes(issuers=tuple(ISSUERS.values()))
