"""Who calls a route of the service, by what they may do."""

from typing import Annotated, Final

from services.notices import SERVICE
from shared.identity import Caller
from shared.records import service_kit as kit

NAME: Final = SERVICE.name

Reader = Annotated[Caller, kit.permission(NAME, "read")]
Writer = Annotated[Caller, kit.permission(NAME, "write")]
Withdrawer = Annotated[Caller, kit.permission(NAME, "write", while_restricted=True)]
"""A writer who takes something back, which a restricted bureau may do as well."""

Reviewer = Annotated[Caller, kit.permission(NAME, "review")]
