"""Who calls a route of the service, by what they may do."""

from typing import Annotated, Final

from services.fingerprints import SERVICE
from shared.identity import Caller
from shared.records import service_kit as kit

NAME: Final = SERVICE.name

Reader = Annotated[Caller, kit.permission(NAME, "read")]
