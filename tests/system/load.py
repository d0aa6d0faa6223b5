"""An officer who enters records and sends messages in turn, while a test stops something."""

import threading
import time
from collections import Counter

import httpx

CAR = {"make": "Alfa Romeo", "theft_date": "2026-03-14"}
VEHICLES, MESSAGES = "/api/stolen-vehicles", "/api/messages"


class Load:
    """An officer who enters records and sends messages in turn, and records the answers."""

    def __init__(self, client: httpx.Client, name: str) -> None:
        self._client = client
        self._name = name
        self.entered: dict[str, str] = {}
        self.requests: list[str] = []
        self.sent: dict[str, str] = {}
        self.statuses = Counter[int]()
        self.not_problem_json: list[str] = []
        self.slowest = 0.0

    def run(self, over: threading.Event) -> None:
        """Run until the event is set."""
        number = 0
        while not over.is_set():
            number += 1
            self._enter(f"{self._name}{number:08}")
            self._write(f"{self._name}-{number}")

    def _enter(self, vin: str) -> None:
        answer = self._recorded(self._client.post(VEHICLES, json={**CAR, "vin": vin}))
        if answer.status_code == 201:
            self.entered[answer.json()["id"]] = vin
            self.requests.append(answer.headers["I247-Request-Id"])

    def _write(self, key: str) -> None:
        """Send a message until it is accepted; its idempotency key prevents duplicates."""
        letter = {"to": ["DE"], "subject": key, "body": "Text."}
        for _ in range(100):
            answer = self._recorded(self._client.post(MESSAGES, json=letter, headers={"Idempotency-Key": key}))
            if answer.status_code == 202:
                self.sent[answer.json()["id"]] = key
                return
            time.sleep(0.1)
        raise AssertionError(f"it was never taken: {answer.text}")

    def _recorded(self, answer: httpx.Response) -> httpx.Response:
        self.statuses[answer.status_code] += 1
        self.slowest = max(self.slowest, answer.elapsed.total_seconds())
        if answer.status_code >= 400 and answer.headers.get("content-type") != "application/problem+json":
            self.not_problem_json.append(answer.text)
        return answer
