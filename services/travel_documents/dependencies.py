"""Who may read and write the records of the service, as dependencies of its routes."""

from typing import Annotated, Final

from services.travel_documents import SERVICE
from shared.identity import Caller
from shared.records import service_kit as kit

NAME: Final = SERVICE.name
Reader = Annotated[Caller, kit.permission(NAME, "read")]
Writer = Annotated[Caller, kit.permission(NAME, "write")]
Screener = Annotated[Caller, kit.permission(NAME, "screen")]
Withdrawer = Annotated[Caller, kit.permission(NAME, "write", while_restricted=True)]
