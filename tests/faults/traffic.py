"""Officers who write and read under faults: they repeat each request until it is answered, and keep a record."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx

GROUP = "joint-team"
RETRY_SECONDS = 0.1
POLL_SECONDS = 0.3
# One in this number.
FILES, GIVEN_UP, ACTED_ON = 25, 4, 4
MAX_FILE_BYTES = 600_000


@dataclass
class Letter:
    """A message as its sender knows it."""

    sender: str
    key: str
    to: str | list[str]
    recipients: frozenset[str]
    urgent: bool
    files: tuple[bytes, ...] = ()
    id: str = ""


@dataclass
class Record:
    """The answers that officers received, on which they rely."""

    accepted: list[Letter] = field(default_factory=list)
    answered: dict[tuple[str, str], str] = field(default_factory=dict)
    """The state that a bureau gave a delivered message, by bureau and message."""

    refused: Counter[str] = field(default_factory=Counter)
    """How often a bureau's gateway refused a request for its full disk."""

    given_up: int = 0
    lost_answers: int = 0


class Bureau:
    """The officers of one bureau."""

    def __init__(self, code: str, client: httpx.AsyncClient, record: Record, random: Random) -> None:
        self.code = code
        self.client = client
        self.writes = True
        self.reads = True
        self._record = record
        self._random = random
        self._written = 0
        self._seen: set[str] = set()

    async def found_group(self, members: Iterable[str]) -> None:
        """Make a group whose members are not disclosed to each other."""
        entry = {"members": sorted(members), "disclosed": False}
        (await self.client.put(f"/api/messages/groups/{GROUP}", json=entry)).raise_for_status()

    async def write_letters(self, others: Sequence[str], max_pause: float) -> None:
        """Write one message after the other, and finish the last one."""
        while self.writes:
            await self.send(self._letter(others))
            await asyncio.sleep(self._random.uniform(0, max_pause))

    async def send(self, letter: Letter) -> None:
        """Send a message until it is accepted; it may be given up if it certainly was not."""
        certain = True
        while True:
            try:
                answer = await self._post(letter)
            except httpx.TransportError:
                certain = False
                self._record.lost_answers += 1
            else:
                if answer.status_code == 202:
                    letter.id = answer.json()["id"]
                    assert set(answer.json()["to"]) == letter.recipients
                    self._record.accepted.append(letter)
                    return
                self._note_refusal(answer)
                if certain and self._random.randrange(GIVEN_UP) == 0:
                    self._record.given_up += 1
                    return
            await asyncio.sleep(RETRY_SECONDS)

    async def read_letters(self) -> None:
        """List unread messages; mark some as read, and refuse some."""
        while self.reads:
            for item in await self._unread():
                if item["id"] in self._seen:
                    continue
                self._seen.add(item["id"])
                if self._random.randrange(ACTED_ON) == 0:
                    await self._act_on(item["id"])
            await asyncio.sleep(POLL_SECONDS)

    async def all_of(self, box: str) -> list[dict[str, Any]]:
        """Return all messages of a box, page by page."""
        items: list[dict[str, Any]] = []
        after: Mapping[str, Any] = {}
        while True:
            page = await self._page({"box": box, "limit": 200, **after})
            items += page["items"]
            if page["next"] is None:
                return items
            after = {"after": page["next"]}

    async def _page(self, query: Mapping[str, Any]) -> dict[str, Any]:
        try:
            answer = await self.client.get("/api/messages", params=query)
        except httpx.TransportError:
            # A kept connection may belong to a gateway that was killed since.
            answer = await self.client.get("/api/messages", params=query)
        page: dict[str, Any] = answer.raise_for_status().json()
        return page

    def _letter(self, others: Sequence[str]) -> Letter:
        random = self._random
        self._written += 1
        several = sorted(random.sample(others, random.randint(2, len(others))))
        choices: list[str | list[str]] = [[random.choice(others)], [random.choice(others)], several, GROUP, "all"]
        to = random.choice(choices)
        files = random.randint(1, 2) if random.randrange(FILES) == 0 else 0
        return Letter(
            sender=self.code,
            key=f"{self.code}-{self._written}",
            to=to,
            recipients=frozenset(others if isinstance(to, str) else to),
            urgent=random.random() < 0.3,
            files=tuple(random.randbytes(random.randint(1, MAX_FILE_BYTES)) for _ in range(files)),
        )

    async def _post(self, letter: Letter) -> httpx.Response:
        message = {
            "to": letter.to,
            "urgency": "urgent" if letter.urgent else "routine",
            "subject": letter.key,
            "body": f"This is {letter.key}.",
        }
        headers = {"Idempotency-Key": letter.key}
        if not letter.files:
            return await self.client.post("/api/messages", json=message, headers=headers)
        parts: list[tuple[str, tuple[str, bytes, str]]] = [
            ("message", ("message.json", _encoded(message), "application/json")),
            *(("attachments", (f"{number}.bin", file, "image/x-raw")) for number, file in enumerate(letter.files)),
        ]
        return await self.client.post("/api/messages", files=parts, headers=headers)

    async def _unread(self) -> list[dict[str, Any]]:
        try:
            answer = await self.client.get("/api/messages", params={"unread": "true", "limit": 100})
        except httpx.TransportError:
            return []
        if answer.status_code == 507:
            return []
        items: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
        return items

    async def _act_on(self, message_id: str) -> None:
        state = self._random.choice(("read", "refused"))
        path = f"/api/messages/{message_id}/" + ("read" if state == "read" else "refusal")
        body = None if state == "read" else {"reason": "not-competent"}
        while True:
            try:
                answer = await self.client.post(path, json=body)
            except httpx.TransportError:
                answer = None
            if answer is not None:
                if answer.status_code == 200:
                    self._record.answered[self.code, message_id] = state
                    return
                self._note_refusal(answer)
            await asyncio.sleep(RETRY_SECONDS)

    def _note_refusal(self, answer: httpx.Response) -> None:
        assert answer.status_code == 507, f"{self.code}: {answer.status_code} {answer.text}"
        assert answer.json()["type"].endswith("not-stored")
        self._record.refused[self.code] += 1


def _encoded(message: dict[str, Any]) -> bytes:
    return httpx.Request("POST", "http://message", json=message).content
