"""The story, step by step. Each step has an expected result; the first other result ends the story.

The people, the car's owner and the fingerprints do not exist. At the end the owners withdraw their records, so that the
story can be repeated.
"""

import json
from random import Random
from secrets import randbelow
from typing import Any, Final
from uuid import uuid4

import httpx

from deploy.demo.actors import TIMEOUT_SECONDS, Officer, VerifiedAnswer
from deploy.demo.border import BorderCheck
from deploy.demo.documents import StolenDocuments
from deploy.demo.firearms import StolenPistol
from deploy.demo.forger import Forger
from deploy.demo.gallery import GalleryStatement
from deploy.demo.property import StolenPainting
from deploy.demo.sharing import DecideStanding, RecordsForSome
from deploy.demo.story_printer import StoryPrinter, has, missing_hit
from deploy.demo.under_rules import AUDITOR, RecordsUnderRules
from deploy.provisioning.seeding import seed_stores, today
from deploy.provisioning.tokens import demo_token
from deploy.state.clock import clock_of
from deploy.state.directory_file import load_directory, load_root
from deploy.state.errors import StartRefused
from deploy.state.gateway import client_of, no_mesh_at
from deploy.state.settings import Settings
from services import fingerprints, notices
from services.fingerprints.synthetic_prints import Finger
from services.synthetic_pictures import drawn_picture
from shared.bureaus import PUBLIC, SECRETARIAT, BureauCode
from shared.crypto.ed25519 import VerifyingKey
from shared.images.jpeg_files import is_plain
from shared.protocol.evidence import verify
from shared.protocol.witnesses import Trust, trust_by
from shared.transport import TransportFailure

CAST: Final = ("FR", "DE", "IT", "PL", "ES", "PT", "JP", "BR", "KE")
GALLERY: Final = 99
# The key of the Secretariat's second officer in the cast.
REVIEWER: Final = "the reviewer of IPSG"
FINGER: Final = 7
FOR_OFFICERS: Final = "/api/messages/usage"
PORTRAIT: Final = 7

WANTED: Final[dict[str, Any]] = {
    "colour": "red",
    "subject": {
        "kind": "person",
        "name": "Delacroisière",
        "forename": "Étienne Marcel",
        "sex": "M",
        "date_of_birth": "1979-11-02",
        "nationalities": ["FR"],
        "height": 181,
    },
    "facts": "Robbed a cash transport at gunpoint with two others.",
    "event": {"date": "2026-02-11", "time": "06:40", "place": "Vernbourg, ring road", "country": "FR"},
    "warrants": [
        {
            "issuing_country": "FR",
            "reference": "TJ-VERNBOURG-2026-1187",
            "charge": "Vol à main armée",
            "charge_translation": "Armed robbery",
            "law": "Code pénal 311-8",
            "offence": {"category": "robbery"},
            "maximum_penalty_months": 240,
        }
    ],
    "extradition_sought": True,
    "public": True,
}
# A real number format of this maker, with serial numbers that were never built.
VIN_BEGINS: Final = "ZAR 932000 0199"
CAR: Final[dict[str, Any]] = {
    "plate": "FZ512KL",
    "country": "IT",
    "make": "Alfa Romeo",
    "model": "156",
    "colour": "red",
    "theft_date": "2026-03-14",
    "theft_place": "Torino",
    "theft_country": "IT",
}
SUSPECT: Final[dict[str, Any]] = {
    "category": "criminal",
    "person_status": "suspect",
    "sex": "M",
}
MISSING: Final[dict[str, Any]] = {
    "family_name": "Hoshikawa",
    "forename": "Mizuki",
    "sex": "F",
    "date_of_birth": "2001-04",
    "nationalities": ["JP"],
    "last_seen_date": "2026-05-02",
    "last_seen_place": "São Paulo, Liberdade",
    "last_seen_country": "BR",
    "circumstances": "Did not return from a day's walk.",
    "report_reference": "TKO-2026-008812",
    "report_date": "2026-05-04",
}

MESSAGE: Final[dict[str, Any]] = {
    "to": ["FR", "PL"],
    "urgency": "urgent",
    "subject": "Lorry at the border",
    "body": "The lorry in the photograph crossed at 04:12. Do you know its driver?",
}


class Story:
    """One run of the story."""

    def __init__(
        self,
        cast: dict[str, Officer],
        forger: Forger,
        root: VerifyingKey,
        trust: Trust,
        decide: DecideStanding,
        printer: StoryPrinter,
    ) -> None:
        self._cast = cast
        self._decide = decide
        self._root = root
        self._trust = trust
        self._forger = forger
        self._printer = printer
        self._entered: list[tuple[Officer, str]] = []

    async def play(self) -> None:
        """Play all steps. Raises StoryFailed at the first that fails."""
        notice = await self._red_notice()
        car, found = await self._stolen_car()
        driver = {"name": "dellacroisiere etienne marcel", "date_of_birth": WANTED["subject"]["date_of_birth"]}
        records = {path.rpartition("/")[2] for path in (notice, car)}
        await BorderCheck(self._cast, self._printer).play({**driver, "plate": "fz 512-kl", "country": "IT"}, records)
        await RecordsUnderRules(self._cast, self._printer, self._root, self._trust).play(car, found)
        pistol = await StolenPistol(self._cast, self._printer).play()
        self._entered.append((self._cast["IT"], pistol))
        self._entered += await StolenDocuments(self._cast, self._printer).play()
        await self._fingerprint()
        await self._missing_person()
        spain, painting = await StolenPainting(self._cast, self._printer).play()
        self._entered.append((spain, painting))
        gallery = GalleryStatement(spain.client, self._root, self._trust, self._printer)
        await gallery.play(painting.rpartition("/")[2])
        await self._message()
        diffusion = await RecordsForSome(self._cast, self._printer, self._decide).play(notice)
        self._entered.append((self._cast["ES"], diffusion))
        await self._forgeries(notice)
        for owner, path in self._entered:
            self._printer.say(f"{owner.country} withdraws what it entered", await owner.post(f"{path}/withdrawal"), 200)

    async def _red_notice(self) -> str:
        france, secretariat, germany = self._cast["FR"], self._cast[SECRETARIAT], self._cast["DE"]
        drafted = await france.post("/api/notices", WANTED, purpose="wanted-person")
        notice = f"/api/notices/{drafted.body['id']}"
        self._printer.say("France drafts a red notice", drafted, 201)
        self._entered.append((france, notice))
        added = await france.call("POST", f"{notice}/photographs", **_portrait())
        self._printer.say("France adds a photograph, which is drawn", added, 201)
        submitted = await france.post(f"{notice}/submission")
        self._printer.say("France submits it", submitted, 200)
        hidden = await germany.get(notice)
        self._printer.say("Germany cannot see it yet", hidden, 404)
        asked = await self._cast["PL"].get("/api/notices/requests", number=submitted.body.get("number"))
        seen = None if len(asked.body.get("items", ())) == 1 else "the request is not listed"
        self._printer.say("Poland sees that it is being processed, with the person's name and birth", asked, 200, seen)
        self._printer.say("the Secretariat takes it up", await secretariat.post(f"{notice}/review"), 200)
        question = {"text": "Which court issued the warrant?"}
        self._printer.say("and asks France", await secretariat.post(f"{notice}/question", question), 200)
        answer = {"text": "The tribunal judiciaire of Vernbourg."}
        self._printer.say("France answers", await france.post(f"{notice}/answer", answer), 200)
        approved = await secretariat.post(f"{notice}/publication")
        waits = None if approved.body.get("status") == "under-review" else "one officer has published it"
        self._printer.say("an officer of the Secretariat approves it", approved, 200, waits)
        published = await self._cast[REVIEWER].post(f"{notice}/publication")
        self._printer.say(f"a second officer publishes it as {published.body.get('number')}", published, 200)
        number = published.body["number"]

        def sent(page: Any) -> list[str]:
            return [item["subject"] for item in page["items"] if f" {number} " in item["subject"]]

        arrived = await germany.until("/api/messages?from=notices&unread=true", lambda page: bool(sent(page)))
        self._printer.line("Germany, which never asked for it, has it in its inbox", sent(arrived)[0], ok=True)
        found = await germany.get("/api/notices/search", name="dellacroisiere etienne", purpose="border-management")
        self._printer.say("Germany finds it by a misspelt name", found, 200, missing_hit(found, drafted.body["id"]))
        [photograph] = added.body["photographs"]
        picture = (await germany.ask("GET", f"{notice}/photographs/{photograph['id']}")).content
        is_whole = is_plain(picture, photograph["width"], photograph["height"])
        self._printer.line("Germany sees its photograph", f"{len(picture):,} bytes, no metadata", ok=is_whole)
        return notice

    async def _stolen_car(self) -> tuple[str, VerifiedAnswer]:
        italy, poland = self._cast["IT"], self._cast["PL"]
        # A bureau enters a VIN once.
        vin = f"{VIN_BEGINS}{randbelow(10_000):04}"
        car = await italy.post("/api/stolen-vehicles", CAR | {"vin": vin})
        self._printer.say(f"Italy enters a stolen car, {vin}", car, 201)
        self._entered.append((italy, f"/api/stolen-vehicles/{car.body['id']}"))
        found = await poland.get("/api/stolen-vehicles/search", plate="fz 512-kl", country="IT")
        self._printer.say(
            "Poland checks the plate, written with spaces", found, 200, missing_hit(found, car.body["id"])
        )
        misread = await poland.get("/api/stolen-vehicles/search", plate="FZ5I2KX", country="IT", near="true")
        shown = [hit["why"][0]["reading"] for hit in misread.body["near"] if hit["record"]["id"] == car.body["id"]]
        self._printer.line("A camera misreads two signs of it", "; ".join(shown) or "not near", ok=bool(shown))
        return f"/api/stolen-vehicles/{car.body['id']}", found

    async def _fingerprint(self) -> None:
        spain, portugal = self._cast["ES"], self._cast["PT"]
        finger = Finger(FINGER)
        # A bureau gives a reference once.
        record = await spain.post("/api/fingerprints", SUSPECT | {"reference": f"ES-{uuid4()}"})
        self._printer.say("Spain opens a fingerprint record", record, 201)
        path = f"/api/fingerprints/{record.body['id']}"
        self._entered.append((spain, path))
        enrolled = await spain.call("POST", f"{path}/impressions?position=2", **_image(finger.png(1)))
        self._printer.say("Spain enrols an impression of a right index finger", enrolled, 201)
        found = await portugal.call("POST", "/api/fingerprints/identification?limit=5", **_image(finger.png(2)))
        best = found.body["hits"][0]["record"]["id"] if found.body.get("hits") else None
        first = None if best == record.body["id"] else "the right finger is not the first candidate"
        self._printer.say("Portugal identifies another impression of it among a hundred", found, 200, first)

    async def _missing_person(self) -> None:
        japan, brazil = self._cast["JP"], self._cast["BR"]
        person = await japan.post("/api/missing-persons", MISSING, purpose="locate")
        self._printer.say("Japan reports a missing person", person, 201)
        self._entered.append((japan, f"/api/missing-persons/{person.body['id']}"))
        found = await brazil.get("/api/missing-persons/search", name="mizuki hoshikava", country="BR")
        self._printer.say("Brazil finds her", found, 200, missing_hit(found, person.body["id"]))

    async def _message(self) -> None:
        germany, france, kenya = self._cast["DE"], self._cast["FR"], self._cast["KE"]
        photograph = Finger(FINGER).png(3)
        files = {"attachments": ("lorry.png", photograph, "image/png")}
        sent = await germany.ask("POST", "/api/messages", data={"message": json.dumps(MESSAGE)}, files=files)
        self._printer.status("Germany writes to France and Poland, sealed, with a photograph", sent, 202)
        message = f"/api/messages/{sent.json()['id']}"
        arrived = await france.until("/api/messages?unread=true", lambda page: has(page, sent.json()["id"]))
        self._printer.line("France has it in its inbox", f"of {len(arrived['items'])} unread", ok=True)
        picture = await france.ask("GET", f"{message}/attachments/1")
        intact = picture.content == photograph
        self._printer.line("France opens the photograph", f"{len(picture.content)} bytes, as they were sent", ok=intact)
        self._printer.status("France says that it has read it", await france.ask("POST", f"{message}/read"), 200)
        receipts = await germany.until(message, lambda sent: sent["progress"].get("read") == 1)
        states = ", ".join(f"{state} by {count}" for state, count in receipts["progress"].items())
        self._printer.line("Germany holds the signed receipts", f"of two recipients: {states}", ok=True)
        self._printer.status("Kenya, who was not addressed, finds nothing", await kenya.ask("GET", message), 404)
        proof = (await france.ask("GET", f"{message}/evidence")).content
        genuine, doctored = verify(proof, self._root), verify(proof.replace(b"lorry", b"truck"), self._root)
        self._printer.line(
            "with one file France proves what Germany said", f"{len(genuine.found)} checks", ok=genuine.ok
        )
        faults = ", ".join(each.check for each in doctored.found if not each.ok)
        self._printer.line("a doctored copy proves nothing", f"does not fit: {faults}", ok=not doctored.ok)

    async def _forgeries(self, notice: str) -> None:
        refused = await self._cast["KE"].post(f"{notice}/withdrawal")
        problem = refused.body.get("type")
        wrong = None if problem == "urn:i247:problem:not-the-owner" else f"refused for another reason: {problem}"
        self._printer.say("Kenya tries to withdraw France's notice and is refused", refused, 403, wrong)
        service = notices.SERVICE
        forged = await self._forger.with_unknown_key(service, "POST", f"{notice}/withdrawal")
        self._printer.refusal("an envelope signed with an unknown key is refused", forged, "key-unknown")
        forged = await self._forger.with_changed_body(service, "POST", f"{notice}/withdrawal")
        self._printer.refusal("an envelope changed on its way is refused", forged, "signature")
        answered = await self._forger.as_another_bureau(BureauCode("FR"), service)
        self._printer.line("Kenya's connection cannot speak as France", "refused by the broker", ok=not answered)
        unchanged = await self._cast["DE"].get(notice)
        self._printer.say("France's notice stands", unchanged, 200)


def _image(png: bytes) -> dict[str, Any]:
    return {"content": png, "headers": {"Content-Type": "image/png"}, "purpose": "identification"}


def _portrait() -> dict[str, Any]:
    drawn = drawn_picture(Random(PORTRAIT))  # noqa: S311 - nothing secret is drawn
    return {"content": drawn.jpeg, "headers": {"Content-Type": "image/jpeg"}}


async def play_story(settings: Settings, decide: DecideStanding, printer: StoryPrinter) -> None:
    """Play the story against the running mesh. Raises StartRefused, StoryFailed."""
    state_dir = settings.state_dir
    state_dir.require_mesh()
    directory, clock = load_directory(state_dir), clock_of(state_dir)
    if absent := [code for code in CAST if not directory.entries_of(code)]:
        raise StartRefused(f"the story needs {', '.join(absent)} too: start the mesh with `i247 up` or `--bureaus all`")
    async with client_of(settings) as client:
        await _require_running(settings, client, demo_token(settings, CAST[0]))
        # Fingerprints of other people: the search must find the right one among them.
        await seed_stores(settings, [fingerprints.SERVICE], records=GALLERY, seed=GALLERY, at=today(clock))
        cast = {
            code: Officer(BureauCode(code), client, demo_token(settings, code), directory, clock)
            for code in (*CAST, SECRETARIAT)
        }
        token = demo_token(settings, "PL", "auditor")
        cast[AUDITOR] = Officer(BureauCode("PL"), client, token, directory, clock, purpose="crime-analysis")
        cast[REVIEWER] = Officer(SECRETARIAT, client, demo_token(settings, SECRETARIAT, "reviewer"), directory, clock)
        cast[PUBLIC] = Officer(PUBLIC, client, demo_token(settings, PUBLIC), directory, clock, purpose="warning")
        try:
            forger = await Forger.behind(BureauCode("KE"), settings, directory)
        except TransportFailure as failure:
            raise StartRefused(f"{failure}: set I247_NATS_PORT as of the mesh that runs") from failure
        try:
            await Story(cast, forger, load_root(state_dir), trust_by(directory.entries()), decide, printer).play()
        finally:
            await forger.close()


async def _require_running(settings: Settings, client: httpx.AsyncClient, token: str) -> None:
    """Make sure that the mesh runs, and that it is the one of the token. Raises StartRefused."""
    try:
        health = await client.get("/health", timeout=TIMEOUT_SECONDS)
        await client.get(FOR_OFFICERS, headers={"Authorization": f"Bearer {token}"}, timeout=TIMEOUT_SECONDS)
    except httpx.HTTPError as error:
        raise no_mesh_at(settings) from error
    if health.status_code != 200:
        raise StartRefused(f"the mesh at {client.base_url} is not healthy: `i247 status` says why")
