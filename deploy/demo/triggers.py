"""Makes one thing happen to a bureau, as it does in reality: others enter, search, write or withdraw over HTTP.

What is entered is drawn at random, so that a thing can be made to happen repeatedly. Nobody and nothing of it exists.
"""

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, NamedTuple

import httpx

from deploy.demo.actors import Officer, StoryFailed
from deploy.provisioning.tokens import demo_token
from deploy.state.clock import clock_of, shared_clock
from deploy.state.directory_file import load_directory
from deploy.state.errors import StartRefused, WrongUsage
from deploy.state.gateway import client_of, fault_of, no_mesh_at
from deploy.state.settings import Settings
from shared.bureaus import MEMBERS, BureauCode
from shared.clock import SharedClock
from shared.records.policy import REVIEWED_BEFORE

VEHICLES: Final = "/api/stolen-vehicles"
NOTICES: Final = "/api/notices"
MESSAGES: Final = "/api/messages"
LETTERS: Final = "ABCDEFGHJKLMNPRSTUVWXYZ"
DIGITS: Final = "0123456789"
# Shorter than the time before its end at which the owner of a record is asked.
ASKED_BEFORE: Final = REVIEWED_BEFORE - timedelta(days=1)

Login = Callable[[BureauCode], str]
"""Returns a new token of a bureau's officer."""


class Triggered(NamedTuple):
    """What happened, and where it is seen."""

    says: str
    ids: dict[str, str]
    path: str
    """Of the gateway, for an officer of the bureau."""


class Triggers:
    """What can be made to happen to one bureau by another."""

    def __init__(self, bureau: Officer, other: Officer, clock: SharedClock | None, login: Login) -> None:
        self._bureau = bureau
        self._other = other
        self._clock = clock
        self._login = login
        self.by = other.bureau
        """The other bureau."""

    async def hit(self) -> Triggered:
        """Let the bureau enter a car, and the other one find it: both get a hit."""
        record = await self._enter_car(self._bureau)
        await self._find(self._other, record)
        listed = await self._bureau.until(f"/api/hits?record={record['id']}", lambda page: bool(page["items"]))
        hit = listed["items"][0]["id"]
        says = f"{self._other.bureau} found a car of {self._bureau.bureau}, plate {record['plate']}"
        return Triggered(says, {"hit": hit, "record": record["id"]}, f"/api/hits/{hit}")

    async def message(self) -> Triggered:
        """Let the other bureau write to the bureau."""
        message = await self._write(self._other, self._bureau)
        return Triggered(f"{self._other.bureau} wrote to {self._bureau.bureau}", {"message": message}, _path(message))

    async def refusal(self) -> Triggered:
        """Let the bureau write, and the other one refuse it, with a signed reason."""
        message = await self._write(self._bureau, self._other)
        path = _path(message)
        _require(await self._other.ask("POST", f"{path}/refusal", json={"reason": "not-competent"}), 200)
        await self._bureau.until(path, lambda one: one["progress"].get("refused") == 1)
        says = f"{self._other.bureau} refused a message of {self._bureau.bureau}: not-competent"
        return Triggered(says, {"message": message}, path)

    async def withdrawal(self) -> Triggered:
        """Let the bureau find a car of the other one, which withdraws it: the bureau must remove its copies."""
        record = await self._enter_car(self._other)
        await self._find(self._bureau, record)
        withdrawn = await self._other.ask("POST", f"{VEHICLES}/{record['id']}/withdrawal")
        _require(withdrawn, 200)
        message = await self._form("withdrawal", record["id"])
        says = f"{self._other.bureau} withdrew a car that {self._bureau.bureau} had found, plate {record['plate']}"
        applied = f"POST {_path(message)}/applied signs that {self._bureau.bureau} has removed its copies"
        return Triggered(f"{says}; {applied}", {"message": message, "record": record["id"]}, _path(message))

    async def notice(self) -> Triggered:
        """Let the other bureau send the bureau a diffusion, which comes as a message with its content."""
        notice = await self._draft(self._other, self._bureau)
        _require(await self._other.ask("POST", f"{NOTICES}/{notice['id']}/diffusion"), 200)
        message = await self._form("publication", notice["id"])
        says = f"{self._other.bureau} sent {self._bureau.bureau} a diffusion about {notice['subject']['name']}"
        return Triggered(says, {"message": message, "record": notice["id"]}, f"{NOTICES}/{notice['id']}")

    async def expiry(self) -> Triggered:
        """Let a draft of the bureau come to the end of its term, after it was asked whether to keep it.

        Raises StartRefused without a clock that can be advanced.
        """
        if self._clock is None:
            raise StartRefused(
                "an expiry needs a clock that can be advanced: start a mesh with `i247 up --sandbox` or `--clock`, in "
                "a state directory of its own"
            )
        notice, before = await self._draft(self._bureau, self._other), self._clock.now()
        path, expires = f"{NOTICES}/{notice['id']}", datetime.fromisoformat(notice["expires"])
        self._advance(self._clock, expires - ASKED_BEFORE)
        message = await self._form("review-due", notice["id"])
        self._advance(self._clock, expires)
        _require(await self._bureau.ask("GET", path), 404)
        says = f"a draft of {self._bureau.bureau} came to the end of its term, and is shown to nobody"
        moved = f"the clock of the whole mesh was advanced by {(self._clock.now() - before).days} days"
        return Triggered(f"{says}; {moved}", {"message": message, "record": notice["id"]}, _path(message))

    def _advance(self, clock: SharedClock, to: datetime) -> None:
        clock.advance_to(to)
        # The tokens have expired.
        for officer in (self._bureau, self._other):
            officer.token = self._login(officer.bureau)

    async def _enter_car(self, owner: Officer) -> dict[str, Any]:
        day = (owner.clock.now() - timedelta(days=1)).date()
        plate = f"{_drawn(LETTERS, 2)} {_drawn(DIGITS, 3)} {_drawn(LETTERS, 3)}"
        car = {"plate": plate, "country": "FR", "make": "Peugeot", "colour": "grey", "theft_date": f"{day}"}
        return _body(await owner.ask("POST", VEHICLES, json=car), 201)

    async def _find(self, finder: Officer, record: dict[str, Any]) -> None:
        query = {"plate": record["plate"], "country": record["country"]}
        found = _body(await finder.ask("GET", f"{VEHICLES}/search", params=query), 200)
        if record["id"] not in [hit["record"]["id"] for hit in found["hits"]]:
            raise StoryFailed(f"{finder.bureau} did not find the car {record['id']}")

    async def _draft(self, owner: Officer, addressed: Officer) -> dict[str, Any]:
        subject = {"kind": "person", "name": f"Example-{_drawn(LETTERS, 5).title()}", "person_status": "witness"}
        notice = {
            "colour": "blue",
            "subject": subject,
            "facts": "Made by `i247 trigger`.",
            "addressed": [addressed.bureau],
        }
        return _body(await owner.ask("POST", NOTICES, json=notice, purpose="locate"), 201)

    async def _write(self, sender: Officer, recipient: Officer) -> str:
        text = {"subject": "A message to try", "body": "Written by `i247 trigger`."}
        sent = _body(await sender.ask("POST", MESSAGES, json={"to": [recipient.bureau], **text}), 202)
        message: str = sent["id"]
        await recipient.until(_path(message), lambda one: one.get("id") == message)
        return message

    async def _form(self, form: str, record: str) -> str:
        """Wait for the message of a service to the bureau about a record, and return its id."""
        query = f"{MESSAGES}?form={form}"
        listed = await self._bureau.until(query, lambda page: any(_is_about(each, record) for each in page["items"]))
        return next(str(each["id"]) for each in listed["items"] if _is_about(each, record))


@asynccontextmanager
async def triggers(settings: Settings, bureau: BureauCode, other: BureauCode | None) -> AsyncIterator[Triggers]:
    """Open the triggers of a bureau of a demo mesh; without another bureau the first other member here acts.

    Raises StartRefused, WrongUsage.
    """
    if other == bureau:
        raise WrongUsage(f"--by must be another bureau than {bureau}")
    state_dir = settings.state_dir
    state_dir.require_mesh()
    here = [code for name in state_dir.participants_here() if (code := BureauCode(name)) in MEMBERS and code != bureau]
    if other is None and not here:
        raise StartRefused("no other bureau has its gateway here: `i247 bureaus add DE` adds one")
    login = partial(demo_token, settings)
    tokens = {code: login(code) for code in (bureau, other or here[0])}
    directory, clock = load_directory(state_dir), clock_of(state_dir)
    async with client_of(settings) as client:
        one, another = (Officer(code, client, token, directory, clock) for code, token in tokens.items())
        try:
            yield Triggers(one, another, shared_clock(state_dir), login)
        except httpx.TransportError as error:
            raise no_mesh_at(settings) from error


def _is_about(message: dict[str, Any], record: str) -> bool:
    return record in (message["thread"], *message["subject"].split())


def _path(message: str) -> str:
    return f"{MESSAGES}/{message}"


def _drawn(alphabet: str, count: int) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(count))


def _require(answer: httpx.Response, status: int) -> None:
    if answer.status_code != status:
        raise StoryFailed(fault_of(answer))


def _body(answer: httpx.Response, status: int) -> dict[str, Any]:
    _require(answer, status)
    body: dict[str, Any] = answer.json()
    return body
