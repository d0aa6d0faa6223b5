"""The part of the story about handling rules: hits, confirmation, proof of an answer, restriction of a record."""

import time
from typing import Any, Final

from deploy.demo.actors import Officer, VerifiedAnswer
from deploy.demo.story_printer import StoryPrinter, missing_hit
from shared.audit.verify.leaf_proof import Answer as SignedAnswer
from shared.audit.verify.leaf_proof import verify_proof
from shared.crypto.ed25519 import VerifyingKey
from shared.protocol.witnesses import Trust

# The key of Poland's auditor in the cast.
AUDITOR: Final = "the auditor of PL"
ABSENT: Final = "/api/stolen-vehicles/0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"


class RecordsUnderRules:
    """The steps after Poland has found Italy's car."""

    def __init__(self, cast: dict[str, Officer], printer: StoryPrinter, root: VerifyingKey, trust: Trust) -> None:
        self._italy, self._poland, self._kenya = cast["IT"], cast["PL"], cast["KE"]
        self._auditor = cast[AUDITOR]
        self._printer = printer
        self._root = root
        self._trust = trust

    async def play(self, car: str, found: VerifiedAnswer) -> None:
        """Play the hit on the car, its confirmation, its proof and its restriction."""
        self._explained(found)
        await self._confirmed(car)
        await self._proven(found)
        await self._restricted(car)

    def _explained(self, found: VerifiedAnswer) -> None:
        reasons = [
            f"{why['field']} {why['asked']!r} met {why['found']!r}, score {why['score']}"
            for why in found.body["hits"][0]["why"]
        ]
        self._printer.line("the hit says why it is one", "; ".join(reasons) or "it does not", ok=bool(reasons))

    async def _confirmed(self, car: str) -> None:
        started = time.perf_counter()
        hit = await self._hit_of(self._italy, car)
        details = f"{hit['officer']}, {hit['purpose']}; {(time.perf_counter() - started) * 1000:.0f} ms"
        self._printer.line("Italy learns who found its car, and for what purpose", details, ok=True)
        path = f"/api/hits/{hit['id']}"
        asked = await self._poland.ask("POST", f"{path}/requests", json={"urgency": "urgent"})
        self._printer.status("Poland asks for confirmation within ten minutes", asked, 202)
        await self._italy.until(path, lambda one: one["state"] == "requested")
        answered = await self._italy.ask("POST", f"{path}/answer", json={"answer": "confirmed"})
        self._printer.status("Italy confirms", answered, 202)
        final = await self._poland.until(path, lambda one: one["state"] == "confirmed")
        self._printer.line("Poland may act on it", f"{len(final['confirmations'])} request, all in one thread", ok=True)

    async def _hit_of(self, officer: Officer, car: str) -> dict[str, Any]:
        record = car.rpartition("/")[2]

        def on_car(page: Any) -> list[dict[str, Any]]:
            # If the story was played some hours ago, Kenya gets a hit too: it searched for this car then.
            return [hit for hit in page["items"] if hit["record"] == record and hit["finder"] == "PL"]

        return on_car(await officer.until("/api/hits", lambda page: bool(on_car(page))))[0]

    async def _proven(self, found: VerifiedAnswer) -> None:
        path = f"/api/stolen-vehicles/audit/by-request/{found.head.re}"
        explained = await self._auditor.until(path, lambda one: len(one.get("witnesses", ())) >= 2)
        self._printer.line("Poland's auditor asks why it was shown", explained["explanation"][0], ok=True)
        proof = explained["proof"].encode()
        answer = SignedAnswer(found.signature, found.content)
        genuine = verify_proof(proof, self._root, answer=answer, trust=self._trust)
        by = f"{len(genuine.found)} checks, cosigned by {', '.join(explained['witnesses'])}"
        self._printer.line("and proves, offline, that this very answer is in the log", by, ok=genuine.ok)
        doctored = verify_proof(proof.replace(b'"members"', b'"owner"'), self._root, answer=answer)
        faults = ", ".join(each.check for each in doctored.found if not each.ok)
        self._printer.line("a doctored copy proves nothing", f"does not fit: {faults}", ok=not doctored.ok)

    async def _restricted(self, car: str) -> None:
        barred = await self._italy.call("PUT", f"{car}/restriction", json={"restricted": ["PL", "KE"]})
        self._printer.say("Italy bars Poland and Kenya from the car", barred, 200)
        read, absent = await self._kenya.get(car), await self._kenya.get(ABSENT)
        same = {**read.body, "detail": ""} == {**absent.body, "detail": ""}
        wrong = None if same else f"it gets {read.body}, and otherwise {absent.body}"
        self._printer.say("Kenya gets the same answer as for a record that does not exist", read, 404, wrong)
        for officer in (self._kenya, self._poland):
            hits = await officer.get("/api/stolen-vehicles/search", vin=barred.body["vin"])
            shown = missing_hit(hits, barred.body["id"]) is None
            self._printer.say(f"{officer.country} does not find it", hits, 200, "it does" if shown else None)
        await self._withdrawn(car)

    async def _withdrawn(self, car: str) -> None:
        def withdrawals(page: Any) -> list[dict[str, Any]]:
            return [item for item in page["items"] if item["form"] == "withdrawal" and item["state"] == "delivered"]

        page = await self._poland.until("/api/messages?from=stolen-vehicles", lambda page: bool(withdrawals(page)))
        applied = await self._poland.ask("POST", f"/api/messages/{withdrawals(page)[0]['id']}/applied")
        self._printer.status("Poland, which had it, is notified, and signs that its copies are gone", applied, 200)

        def removed_by(page: Any) -> list[str]:
            return [each["bureau"] for each in page["recipients"] if each["recall"] and each["recall"]["applied"]]

        listed = await self._italy.until(f"{car}/disclosures", lambda page: removed_by(page) == ["PL"])
        had = ", ".join(each["bureau"] for each in listed["recipients"])
        self._printer.line("Italy sees who had it, and who has signed", f"known to {had}; signed by PL", ok=True)
