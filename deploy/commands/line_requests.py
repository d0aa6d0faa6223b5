"""Sends parts of a table to a service through the gateway, and sends again what a lost mesh did not answer."""

import argparse
import asyncio
import csv
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from io import StringIO
from typing import Any, Final, TypedDict

import httpx

from deploy.commands.line_source import SourceLine
from deploy.commands.officer_client import ask, officer_client
from deploy.provisioning.tokens import demo_token
from deploy.state.errors import CommandFailed, StartRefused
from deploy.state.gateway import content_of, fault_of
from deploy.state.settings import Settings
from shared.records.batch.models import CSV, LEFT_OUT

# The mesh is starting, a process of it restarts, or it is busy.
PASSING: Final = frozenset({408, 502, 503, 504})
_FIRST_WAIT_SECONDS: Final = 0.25
_MAX_WAIT_SECONDS: Final = 8.0

Renew = Callable[[], str]
"""Returns a new token of the officer."""


class _Answer(TypedDict):
    results: list[dict[str, Any]]


class LineRequests:
    """Requests with lines of a table to one path."""

    def __init__(
        self, client: httpx.AsyncClient, path: str, columns: Sequence[str], query: Mapping[str, Any], patience: float
    ) -> None:
        """`patience` is how many seconds a request may be answered with nothing or with a refusal that passes."""
        self._client, self._path, self.columns = client, path, columns
        self._query, self._patience = query, patience
        self.renew: Renew | None = None

    async def results(self, lines: Sequence[SourceLine]) -> list[dict[str, Any]]:
        """Return the answer to each line, with its number in the table; what a request had no time for is sent again.

        Raises CommandFailed for a refusal of the request, StartRefused if the mesh does not answer.
        """
        answers, left = dict[int, dict[str, Any]](), lines
        while left:
            results = await self._once(left)
            answers |= {result["line"]: result for result in results}
            again = [line for line, result in zip(left, results, strict=True) if _is_left_out(result)]
            if len(again) == len(left):
                break
            left = again
        return [answers[line.number] for line in lines]

    async def _once(self, lines: Sequence[SourceLine]) -> list[dict[str, Any]]:
        query, headers = {**self._query, "answer": "json"}, {"Content-Type": CSV}
        answer = await self.ask("POST", self._path, params=query, content=self._table(lines), headers=headers)
        begin = f"the lines from {lines[0].number:,} on were"
        if not answer.is_success:
            raise CommandFailed(f"{begin} refused: {fault_of(answer)}")
        results = content_of(answer, _Answer)["results"]
        if len(results) != len(lines):
            raise CommandFailed(
                f"{begin} {len(lines):,}, and the service answered {len(results):,}: nothing more is sent"
            )
        return [{**result, "line": line.number} for line, result in zip(lines, results, strict=True)]

    async def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send a request, again while the mesh does not answer it or is busy, and return its last answer.

        Raises StartRefused if there is none.
        """
        loop = asyncio.get_running_loop()
        until, wait = loop.time() + self._patience, _FIRST_WAIT_SECONDS
        while True:
            is_last = loop.time() + wait > until
            answer = await self._asked(method, path, options, is_last=is_last)
            if answer is not None and (is_last or answer.status_code not in PASSING):
                return answer
            await asyncio.sleep(wait)
            wait = min(wait * 2, _MAX_WAIT_SECONDS)

    async def _asked(
        self, method: str, path: str, options: Mapping[str, Any], *, is_last: bool
    ) -> httpx.Response | None:
        """Return the answer of one attempt; None if there was none, unless it is the last."""
        try:
            answer = await ask(self._client, method, path, **options)
            if answer.status_code == httpx.codes.UNAUTHORIZED and self.renew is not None:
                # The token has expired, as a long table takes longer.
                self._client.headers["Authorization"] = f"Bearer {self.renew()}"
                answer = await ask(self._client, method, path, **options)
        except StartRefused:
            if is_last:
                raise
            return None
        return answer

    def _table(self, lines: Sequence[SourceLine]) -> bytes:
        written = StringIO()
        rows = csv.writer(written)
        rows.writerow(self.columns)
        rows.writerows([line.cells.get(name, "") for name in self.columns] for line in lines if line.cells is not None)
        return written.getvalue().encode()


def _is_left_out(result: Mapping[str, Any]) -> bool:
    return bool(result["error"]) and result["error"]["code"] in LEFT_OUT


@asynccontextmanager
async def line_requests(
    settings: Settings, options: argparse.Namespace, path: str, columns: Sequence[str], query: Mapping[str, Any]
) -> AsyncIterator[LineRequests]:
    """Open what sends lines in the name of an officer of the bureau in the options."""
    async with officer_client(settings, options.bureau, options.purpose) as client:
        requests = LineRequests(client, path, columns, query, options.patience)
        requests.renew = partial(demo_token, settings, options.bureau)
        yield requests
