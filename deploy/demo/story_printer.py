"""Tells the steps of the story, each with what came true; the first that did not ends it."""

from typing import Any

import httpx

from deploy.demo.actors import Answer, StoryFailed
from deploy.demo.forger import Refused


class StoryPrinter:
    """Counts the steps and says of each how it went. Raises Miss where one is not as it should be."""

    def __init__(self) -> None:
        self._step = 0

    def say(self, what: str, answer: Answer, status: int, wrong: str | None = None) -> None:
        """Tell of a service's answer, which should have a status; `wrong` is what else is."""
        if answer.status != status:
            wrong = f"status {answer.status} instead of {status}: {answer.body}"
        self.line(what, wrong or answer.signed, well=wrong is None)

    def status(self, what: str, response: httpx.Response, status: int) -> None:
        """Tell of an answer of a bureau's own gateway."""
        how = f"answer {response.status_code} of the bureau's own gateway"
        wrong = None if response.status_code == status else f"{how} instead of {status}: {response.text}"
        self.line(what, wrong or how, well=wrong is None)

    def refusal(self, what: str, forged: Refused, reason: str) -> None:
        """Tell of a forgery, which should be refused for a reason."""
        self.line(what, f"answer {forged.status}: {forged.reason}, signed by the service", well=forged.reason == reason)

    def line(self, what: str, how: str, *, well: bool) -> None:
        """Tell one step."""
        self._step += 1
        print(f"{self._step:3} {'ok  ' if well else 'MISS'} {what}\n         {how}", flush=True)
        if not well:
            raise StoryFailed(what)


def missing_hit(found: Answer, record: str) -> str | None:
    """Return what is wrong if a record is not among the hits."""
    hits = [hit for hit in found.body.get("hits", []) if hit["record"]["id"] == record]
    return None if hits else "the record is not among the hits"


def has(page: Any, message: str) -> bool:
    """Tell whether a page of a mailbox holds a message."""
    return any(item["id"] == message for item in page["items"])
