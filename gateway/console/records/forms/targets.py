"""Which record a form is about, by its address."""

from typing import Any, Final, NamedTuple

from starlette.exceptions import HTTPException

from gateway.console.api import part
from gateway.console.in_process import ApiRefused, Problem
from gateway.console.kinds import BY_NAME, Kind, kinds_of
from gateway.console.page import Page

RECORD_ID: Final = "{record_id}"
_FORBIDDEN: Final = 403


class Target(NamedTuple):
    """A kind, and a record of it if there is one already."""

    kind: Kind
    record_id: str = ""

    @property
    def path(self) -> str:
        """The path of the record in the API; of a new one that of its kind."""
        return f"{self.kind.path}/{part(self.record_id)}" if self.record_id else self.kind.path

    @property
    def template(self) -> str:
        """The same path as the OpenAPI document has it."""
        return f"{self.kind.path}/{RECORD_ID}" if self.record_id else self.kind.path

    @property
    def page(self) -> str:
        """The address of the record in the console; of a new one that of its kind."""
        return f"{self.kind.page}/{part(self.record_id)}" if self.record_id else self.kind.page


def target_of(page: Page) -> Target:
    """Return what the address of a page names. Raises HTTPException."""
    kind = BY_NAME.get(str(page.path["kind"]))
    if kind is None or kind not in kinds_of(page.context.services):
        raise HTTPException(404)
    return Target(kind, str(page.path.get("record", "")))


def require_writer(page: Page, kind: Kind) -> None:
    """Require the scope that the API asks of who enters records. Raises ApiRefused, as the API would."""
    require_scope(page, f"{kind.service}:write")


def require_scope(page: Page, scope: str) -> None:
    """Require a scope before a form is shown. Raises ApiRefused, as the API would."""
    if not page.may(scope):
        raise ApiRefused(_FORBIDDEN, Problem(status=_FORBIDDEN, detail=f"the officer needs the scope {scope}"))


def require_owner(page: Page, record: Any) -> None:
    """Require that a record is of the officer's own bureau. Raises ApiRefused, as the API would."""
    if record.get("owner") != page.grant.bureau:
        raise ApiRefused(_FORBIDDEN, Problem(status=_FORBIDDEN, detail="only the owner of the record may change it"))
