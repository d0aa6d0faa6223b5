"""The pages of the console that are tried in a browser, and shown in the documents: each with who looks at it.

Every entry of the navigation is among them. To add a page, add a line: a name, its address, and who looks. An address
that has the id of a record, or of another thing that must be there, is a function of the mesh that finds or makes it.
"""

from typing import Final, NamedTuple
from uuid import uuid4

from starlette.routing import Match, Route

from deploy.provisioning.roles import Role
from gateway.console import app
from tests.system.mesh import RunningMesh


class ConsolePage(NamedTuple):
    """A page as somebody looks at it."""

    name: str
    """Of its tests and pictures, such as `network-auditor`."""

    address: str
    """With `{id}` for the first entry of the list `first_of`, as the officer is shown it."""

    bureau: str | None = "FR"
    """Whose officer looks; None if nobody is signed in."""

    role: Role = "officer"
    first_of: str = ""
    """The path of a list of the API."""

    status: int = 200
    settled: str = "main h1"
    """What is there when the page is complete: a selector."""

    def address_at(self, mesh: RunningMesh) -> str:
        """Return its address at a mesh."""
        if not self.first_of or self.bureau is None:
            return self.address
        with mesh.client(self.bureau, self.role) as client:
            items = client.get(self.first_of).raise_for_status().json()["items"]
        return self.address.format(id=items[0]["id"])


def is_served(address: str) -> bool:
    """Return whether the console has a page at an address."""
    routes: list[Route] = [route for pages in app.PAGES for route in pages()]
    path = address.partition("?")[0].format_map(_AnyId())
    return any(route.matches({"type": "http", "method": "GET", "path": path})[0] is Match.FULL for route in routes)


class _AnyId(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return str(uuid4())


_ALL: Final = (
    ConsolePage("sign-in", "/sign-in", None),
    ConsolePage("search", "/"),
    ConsolePage("hits", "/hits"),
    ConsolePage("messages", "/messages"),
    ConsolePage("messages-new", "/messages/new"),
    ConsolePage("records", "/records"),
    ConsolePage("records-notices", "/records/notices"),
    ConsolePage("records-notice", "/records/notices/{id}", first_of="/api/notices"),
    ConsolePage("records-vehicle", "/records/stolen-vehicles/{id}", first_of="/api/stolen-vehicles"),
    ConsolePage("records-notice-new", "/records/notices/new"),
    ConsolePage("records-vehicle-new", "/records/stolen-vehicles/new"),
    ConsolePage("review", "/review", "IPSG", "reviewer"),
    ConsolePage("prints", "/prints"),
    ConsolePage("audit", "/audit", role="auditor"),
    ConsolePage("audit-logs", "/audit/logs", role="auditor"),
    ConsolePage("audit-alarms", "/audit/alarms", role="auditor"),
    ConsolePage("network", "/network"),
    ConsolePage("network-auditor", "/network?hours=24", role="auditor"),
    ConsolePage("network-participant", "/network/FR"),
    ConsolePage("commission", "/commission", "CCF"),
    ConsolePage("problem", "/network/XX", status=404),
)
# Pages that are still being written are tried as soon as they are there.
PAGES: Final = tuple(each for each in _ALL if is_served(each.address))

HOSTILE: Final = tuple(
    address
    for address in (
        "/records/stolen-vehicles/{vehicle}",
        "/records/notices/{notice}",
        "/messages",
        "/messages/{message}",
    )
    if is_served(address)
)
"""Where texts of others are shown, with the names of what `hostile.planted` enters."""
