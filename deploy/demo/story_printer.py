"""Prints the steps of the story with their results; a wrong result ends it."""

from collections.abc import Callable
from typing import Any

import httpx

from deploy.demo.actors import StoryFailed, VerifiedAnswer
from deploy.demo.forger import SignedRefusal
from deploy.state.gateway import fault_in, fault_of
from deploy.state.printable import printable

Show = Callable[[int, str, str, bool], None]
"""Shows the number of a step, what happened, how, and whether that is right."""


def show_words(step: int, what: str, how: str, ok: bool) -> None:
    """Print a step for people."""
    print(f"{step:3} {'ok  ' if ok else 'MISS'} {printable(what)}\n         {printable(how)}", flush=True)


class StoryPrinter:
    """Numbers and shows the steps. Raises StoryFailed if a result is wrong."""

    def __init__(self, show: Show = show_words) -> None:
        self._step = 0
        self._show = show

    def say(self, what: str, answer: VerifiedAnswer, status: int, wrong: str | None = None) -> None:
        """Print an answer of a service and compare its status; `wrong` says what else is wrong."""
        if answer.status != status:
            wrong = f"status {answer.status} instead of {status}: {fault_in(answer.body) or answer.body}"
        self.line(what, wrong or answer.signed, ok=wrong is None)

    def status(self, what: str, response: httpx.Response, status: int) -> None:
        """Print an answer of a bureau's own gateway and compare its status."""
        how = f"answer {response.status_code} of the bureau's own gateway"
        wrong = None if response.status_code == status else f"{how} instead of {status}: {fault_of(response)}"
        self.line(what, wrong or how, ok=wrong is None)

    def refusal(self, what: str, forged: SignedRefusal, reason: str) -> None:
        """Print the refusal of a forgery and compare its reason."""
        self.line(what, f"answer {forged.status}: {forged.reason}, signed by the service", ok=forged.reason == reason)

    def line(self, what: str, how: str, *, ok: bool) -> None:
        """Print a step and its result."""
        self._step += 1
        self._show(self._step, what, how, ok)
        if not ok:
            raise StoryFailed(what)


def missing_hit(found: VerifiedAnswer, record: str) -> str | None:
    """Return what is wrong if a record is not among the hits."""
    hits = [hit for hit in found.body.get("hits", []) if hit["record"]["id"] == record]
    return None if hits else "the record is not among the hits"


def has(page: Any, message: str) -> bool:
    """Return whether a page of a mailbox has a message."""
    return any(item["id"] == message for item in page["items"])
