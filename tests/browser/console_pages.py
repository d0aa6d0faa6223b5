"""The pages of the console that are tried in a browser, and shown in the documents: each with who looks at it.

Every entry of the navigation is among them. To add a page, add a line: a name, its address, and who looks. What has to
be there for it is entered by `scenes.py`.
"""

from typing import Final, NamedTuple

from deploy.provisioning.roles import Role
from tests.browser.scenes import PLATE
from tests.system.mesh import RunningMesh


class ConsolePage(NamedTuple):
    """A page as somebody looks at it."""

    name: str
    """Of its tests and pictures, such as `network-auditor`."""

    address: str
    """With members of the first entry of the list `first_of`, as the officer is shown it: `{id}`, `{notice[id]}`."""

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
        return self.address.format_map(items[0])


PAGES: Final = (
    ConsolePage("sign-in", "/sign-in", None),
    ConsolePage("search", "/"),
    ConsolePage("search-found", f"/?q={PLATE}", "DE", settled="article.hit"),
    ConsolePage("search-picture", "/search/picture"),
    ConsolePage("hits", "/hits"),
    ConsolePage("hits-found", "/hits?side=finder&state=all", "DE"),
    ConsolePage("hit", "/hits/{id}", first_of="/api/hits?side=owner&state=requested"),
    ConsolePage("messages", "/messages"),
    ConsolePage("message", "/messages/{id}", first_of="/api/messages?box=outbox"),
    ConsolePage("message-proof", "/messages/{id}/proof", first_of="/api/messages?box=outbox"),
    ConsolePage("message-new", "/messages/new"),
    ConsolePage("records", "/records"),
    ConsolePage("notices", "/records/notices"),
    ConsolePage("notice", "/records/notices/{id}", "DE", first_of="/api/notices?owner=DE"),
    ConsolePage("notice-history", "/records/notices/{id}/history", "DE", first_of="/api/notices?owner=DE"),
    ConsolePage("notice-new", "/records/notices/new?colour=red"),
    ConsolePage("vehicle", "/records/stolen-vehicles/{id}", first_of="/api/stolen-vehicles?owner=FR"),
    ConsolePage("vehicle-readers", "/records/stolen-vehicles/{id}/readers", first_of="/api/stolen-vehicles?owner=FR"),
    ConsolePage("vehicle-new", "/records/stolen-vehicles/new"),
    ConsolePage("traces", "/traces"),
    ConsolePage("trace", "/traces/{id}", "DE", first_of="/api/traces?side=requester&state=answered"),
    ConsolePage("trace-new", "/traces/new"),
    ConsolePage("trace-answer", "/traces/{id}/answer/refused", first_of="/api/traces?side=asked&state=sent"),
    ConsolePage("prints", "/prints"),
    ConsolePage("prints-new", "/prints/records/new"),
    ConsolePage("review", "/review", "IPSG"),
    ConsolePage("review-item", "/review/{notice[id]}", "IPSG", first_of="/api/notices/reviews"),
    ConsolePage("review-decided", "/review/decided", "IPSG"),
    ConsolePage("review-statistics", "/review/statistics", "IPSG"),
    ConsolePage("audit", "/audit", role="auditor"),
    ConsolePage(
        "audit-entry",
        "/audit/entries/{service}/{index}",
        role="auditor",
        first_of="/api/audit?operation=search_vehicles",
    ),
    ConsolePage("audit-logs", "/audit/logs", role="auditor"),
    ConsolePage("audit-alarms", "/audit/alarms", role="auditor"),
    ConsolePage("help", "/help"),
    ConsolePage("network", "/network"),
    ConsolePage("network-auditor", "/network?hours=24", role="auditor"),
    ConsolePage("network-participant", "/network/FR"),
    ConsolePage("commission", "/commission", "CCF"),
    ConsolePage("commission-request", "/commission/{id}", "CCF", first_of="/api/subject-requests"),
    ConsolePage("problem", "/network/XX", status=404),
)

HOSTILE: Final = (
    "/records/stolen-vehicles",
    "/records/stolen-vehicles/{vehicle}",
    "/records/notices",
    "/records/notices/{notice}",
    "/messages",
    "/messages/{message}",
)
"""Where texts of others are shown, with the names of what `hostile.planted` enters."""
