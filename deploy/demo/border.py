"""The part of the story at a border: one check asks all registers, and says which of them did not answer."""

from typing import Any, Final

from deploy.demo.actors import Officer
from deploy.demo.story_printer import StoryPrinter

PATH: Final = "/api/checks"
FAULTS: Final = "/sandbox/faults"
PURPOSE: Final = "border-management"
SILENT: Final = "missing-persons"


class BorderCheck:
    """The steps of an officer of Poland who checks a driver and their car."""

    def __init__(self, cast: dict[str, Officer], printer: StoryPrinter) -> None:
        self._poland = cast["PL"]
        self._printer = printer

    async def play(self, asked: dict[str, Any], expected: set[str]) -> None:
        """Check a driver and a car, of which records are expected; in a sandbox, check without one register too."""
        found = await self._check(asked)
        missed = expected - {hit["id"] for hit in found["hits"]}
        is_hit = found["verdict"] == "hit" and found["complete"] and not missed
        self._printer.line("Poland checks driver and car in all registers at once", found["says"], ok=is_hit)
        if (await self._poland.ask("GET", "/sandbox")).is_success:
            await self._without_one_register()

    async def _without_one_register(self) -> None:
        silent = {"step": "broker", "service": SILENT, "bureau": "PL", "failure": "unreachable", "count": 1}
        fault = (await self._poland.ask("POST", FAULTS, json=silent)).json()
        found = await self._check({"name": "Nobody Atall", "date_of_birth": "1990-01-01"})
        states = {each["source"]: each["state"] for each in found["sources"]}
        says_so = (found["verdict"], states[SILENT]) == ("incomplete", "unreachable")
        self._printer.line(
            "one register is down: the check does not say that it has nothing", found["says"], ok=says_so
        )
        await self._poland.ask("DELETE", f"{FAULTS}/{fault['id']}")

    async def _check(self, asked: dict[str, Any]) -> Any:
        answer = await self._poland.ask("POST", PATH, purpose=PURPOSE, json=asked)
        self._printer.status("Poland asks all registers", answer, 200)
        return answer.json()
