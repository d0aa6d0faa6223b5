"""Sends the requests that `/docs` shows, by somebody who may send them, with some values replaced."""

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import httpx

from shared.identity import AUDIT_READ, AUDIT_WITNESS
from shared.web.example_files import content_of
from tests.examples.shown import FORM, JSON, MULTIPART, NOTHING, Document, Operation, in_query

Who = tuple[str, str]
Token = Callable[[str, str], str]
OFFICER: Final = ("FR", "officer")
GERMAN: Final = ("DE", "officer")
AUDITOR: Final = ("FR", "auditor")
REVIEWER: Final = ("IPSG", "officer")
COMMISSION: Final = ("CCF", "officer")
WAIT_SECONDS: Final = 30.0
STREAM: Final = "GET /api/messages/stream"
# Who sends what is not an officer's of FR, an auditor's, a reviewer's or the Commission's by its scope.
BY_OTHERS: Final[Mapping[str, Who]] = {
    "POST /api/hits/{hit_id}/requests": GERMAN,
    "POST /api/messages/{message_id}/applied": GERMAN,
}


class Requests:
    """Sends operations to one mesh, each by somebody who may send it."""

    def __init__(self, client: httpx.Client, document: Document, token: Token, password: str) -> None:
        """`password` is that of the demo officer whose name the documents show."""
        self._client = client
        self._password = password
        self._token = token
        self.operations = {str(operation): operation for operation in document.operations()}

    def send(self, operation: Operation, who: Who | None, taken: Mapping[str, Any]) -> httpx.Response:
        """Send what the page fills in, with these values in its path and query instead of those of the documents."""
        shown = {name: in_query(value) for name, value in operation.filled_in("query").items()}
        query = {name: taken.get(name, value) for name, value in shown.items()}
        path = {**operation.filled_in("path"), **taken}
        headers = {**self.headers(who), **{k: str(v) for k, v in operation.filled_in("header").items()}}
        target = operation.target(path)
        if str(operation) == STREAM:
            return self._first_event(target, headers)
        return self._client.request(operation.method, target, params=query, **self._body(operation, headers))

    def send_query(self, operation: Operation, query: Mapping[str, Any]) -> httpx.Response:
        """Send an operation without values in its path, with another query."""
        values = {name: in_query(value) for name, value in query.items()}
        return self._client.get(operation.path, params=values, headers=self.headers(self.who(operation)))

    def headers(self, who: Who | None) -> dict[str, str]:
        """Return the headers of an officer."""
        return {"Authorization": f"Bearer {self._token(*who)}"} if who else {}

    def call(self, who: Who, method: str, target: str, **options: Any) -> httpx.Response:
        """Send something that the documents do not show."""
        return self._client.request(method, target, headers=self.headers(who), **options)

    def wait_for(self, who: Who, target: str, found: Callable[[Any], Any]) -> Any:
        """Return what is found in the answer to a request that is repeated until it is there."""
        until = time.monotonic() + WAIT_SECONDS
        while not (there := found(self.call(who, "GET", target).raise_for_status().json())):
            assert time.monotonic() < until, f"nothing came at {target}"
            time.sleep(0.05)
        return there

    def _first_event(self, target: str, headers: Mapping[str, str]) -> httpx.Response:
        """Return the answer of a stream with its first event: it does not end."""
        wanted = {**headers, "Last-Event-ID": "0"}
        with self._client.stream("GET", target, headers=wanted) as answer:
            lines = answer.iter_lines()
            event = "\n".join([next(lines) for _ in range(4)])
            return httpx.Response(answer.status_code, headers=answer.headers, text=event, request=answer.request)

    def who(self, operation: Operation) -> Who | None:
        """Return who sends an operation; None if it needs no token."""
        if str(operation) in BY_OTHERS:
            return BY_OTHERS[str(operation)]
        scope = next(iter(operation.scopes), None)
        if scope is None:
            return None
        if scope in {AUDIT_READ, AUDIT_WITNESS}:
            return AUDITOR
        service, _, verb = scope.partition(":")
        if verb == "decide" or service == "subject-requests":
            return COMMISSION
        return REVIEWER if verb == "review" else OFFICER

    def _body(self, operation: Operation, headers: Mapping[str, str]) -> dict[str, Any]:
        """Return the body of the first media type, of a file with its content."""
        if not operation.media:
            return {"headers": headers}
        media = operation.media[0]
        body = operation.body(media)
        if media == JSON:
            return {"headers": headers, **({} if body is NOTHING else {"json": body})}
        if media == FORM:
            # A secret of the mesh, which the documents cannot show.
            known = {"password": self._password} if "password" in body else {}
            return {"headers": headers, "data": {**body, **known}}
        if media == MULTIPART:
            files = {part: content_of(str(url).rpartition("/")[2]) for part, url in body.items()}
            return {"headers": headers, "files": files}
        return {"headers": {**headers, "Content-Type": media}, "content": content_of(str(body).rpartition("/")[2])}
