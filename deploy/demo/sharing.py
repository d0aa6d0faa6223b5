"""The part of the story about who sees a record, who may enter one, and what looks wrong in a search."""

import asyncio
import time
from collections.abc import Callable
from typing import Any, Final

from deploy.demo.actors import Officer, VerifiedAnswer
from deploy.demo.story_printer import StoryPrinter
from shared.bureaus import PUBLIC, BureauCode
from shared.standing import Standing

DecideStanding = Callable[[BureauCode, Standing], None]
"""Gives a bureau a standing, as the command `i247 bureaus standing` does."""

RESTRICTED: Final = BureauCode("BR")
# A restriction is in force at all services within two seconds; a busy machine takes longer to start with.
PATIENCE_SECONDS: Final = 20.0
TRACED: Final[dict[str, Any]] = {
    "colour": "blue",
    "subject": {
        "kind": "person",
        "name": "Marvellier",
        "forename": "Odette",
        "sex": "F",
        "date_of_birth": "1984/1986",
        "person_status": "witness",
    },
    "facts": "Was in the building when it burnt; to be heard as a witness.",
    "addressed": ["FR", "PL"],
}
MISTYPED: Final = "ZAR93"
MOPED: Final[dict[str, Any]] = {"engine_number": "K9 551207 B", "make": "Agrale", "theft_date": "2026-05"}


class RecordsForSome:
    """The steps on a notice for two bureaus, a public extract, a mistyped VIN, and a restricted bureau."""

    def __init__(self, cast: dict[str, Officer], printer: StoryPrinter, decide: DecideStanding) -> None:
        self._cast = cast
        self._printer = printer
        self._decide = decide

    async def play(self, published: str) -> str:
        """Play the steps, given the path of a published notice with an extract; return that of another notice."""
        await self._warned()
        addressed = await self._addressed()
        await self._extract(published, addressed)
        await self._restricted()
        return addressed

    async def _warned(self) -> None:
        checked = await self._cast["PT"].get("/api/stolen-vehicles/search", vin=MISTYPED)
        warnings = [each["code"] for each in checked.body["warnings"]]
        wrong = None if "vin-length" in warnings else f"warned of {warnings}"
        self._printer.say(f"Portugal checks {MISTYPED}, and is warned that this is no VIN", checked, 200, wrong)

    async def _addressed(self) -> str:
        spain, france, kenya = self._cast["ES"], self._cast["FR"], self._cast["KE"]
        drafted = await spain.post("/api/notices", TRACED, purpose="locate")
        notice = f"/api/notices/{drafted.body['id']}"
        sent = await spain.post(f"{notice}/diffusion")
        self._printer.say("Spain sends a diffusion about a witness to France and Poland", sent, 200)
        self._printer.say("France reads it", await france.get(notice), 200)

        def has_it(page: Any) -> bool:
            return any(drafted.body["id"] in item["subject"] for item in page["items"])

        await france.until("/api/messages?from=notices&unread=true", has_it)
        self._printer.line("and has it in its inbox", "form publication, sealed for France alone", ok=True)
        self._printer.say("Kenya, to which it is not addressed, cannot", await kenya.get(notice), 404)
        return notice

    async def _extract(self, published: str, addressed: str) -> None:
        public = self._cast[PUBLIC]
        extract = await public.get(published)
        hidden = extract.body.get("facts")
        wrong = f"it shows the facts: {hidden}" if hidden else None
        self._printer.say("the public reads the extract of France's notice, without its facts", extract, 200, wrong)
        self._printer.say("and not Spain's diffusion", await public.get(addressed), 404)

    async def _restricted(self) -> None:
        brazil = self._cast[RESTRICTED]
        await asyncio.to_thread(self._decide, RESTRICTED, "restricted")
        try:
            refused = await self._until(brazil, 403)
            code = str(refused.body.get("type"))
            wrong = None if code.endswith("bureau-restricted") else f"refused for another reason: {code}"
            self._printer.say("the Secretariat restricts Brazil, which enters nothing from now on", refused, 403, wrong)
            self._printer.say("but reads", await brazil.get("/api/stolen-vehicles"), 200)
        finally:
            await asyncio.to_thread(self._decide, RESTRICTED, "member")
        entered = await self._until(brazil, 201)
        self._printer.say("the Secretariat lifts the restriction, and Brazil enters a moped", entered, 201)
        self._printer.say("and withdraws it", await self._withdrawn(brazil, entered), 200)

    async def _until(self, officer: Officer, status: int) -> VerifiedAnswer:
        """Enter a moped until the answer has this status, and withdraw what was entered before."""
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            answer = await officer.post("/api/stolen-vehicles", MOPED)
            if answer.status == status or time.monotonic() > until:
                return answer
            if answer.status == 201:
                await self._withdrawn(officer, answer)
            await asyncio.sleep(0.2)

    async def _withdrawn(self, officer: Officer, entered: VerifiedAnswer) -> VerifiedAnswer:
        return await officer.post(f"/api/stolen-vehicles/{entered.body['id']}/withdrawal")
