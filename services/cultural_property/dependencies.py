"""Who may read and write the records of the service, as dependencies of its routes."""

from typing import Annotated, Final

from services.cultural_property import SERVICE
from shared.identity import Caller
from shared.records import service_kit as kit

NAME: Final = SERVICE.name
Reader = Annotated[Caller, kit.permission(NAME, "read")]
Writer = Annotated[Caller, kit.permission(NAME, "write")]
Withdrawer = Annotated[Caller, kit.permission(NAME, "write", while_restricted=True)]
# Of works, which partners enter as well.
WorkWriter = Annotated[Caller, kit.permission(NAME, "write", partners_enter=True)]
WorkWithdrawer = Annotated[Caller, kit.permission(NAME, "write", while_restricted=True, partners_enter=True)]
