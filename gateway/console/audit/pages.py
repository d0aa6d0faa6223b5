"""The routes of the pages of auditors. What they show needs the scope `audit:read`, which the API requires."""

import re
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from gateway.console.api import part, target_of
from gateway.console.audit import alarms, logs, operations, proofs, reasons
from gateway.console.audit.acts import kind_of, lacks, outcome_of, owner_of, readers_of, sentence_of
from gateway.console.audit.timeline import FILTERS, Timeline, faults_in, timeline_of
from gateway.console.defences import HEADERS
from gateway.console.in_process import ApiRefused
from gateway.console.kinds import BY_NAME, page_of
from gateway.console.listing import Column, arranged, as_file, is_file, listed
from gateway.console.page import Page
from gateway.console.references import id_in, is_id
from gateway.console.routing import get
from shared.bureaus import SECRETARIAT
from shared.crypto.ed25519 import encode_base64url
from shared.identity import PURPOSES
from shared.protocol.directory import Directory
from shared.protocol.witnesses import assigned

PATH: Final = "/audit"
_SERVICE: Final = re.compile(r"[a-z][a-z-]{0,40}")
_MISSING: Final = 404


def _(text: str) -> str:
    return text


_FIGURES: Final = (
    Column("service", _("Register"), lambda item: item["service"]),
    Column("bureau", _("Bureau"), lambda item: item["bureau"]),
    Column("entered", _("Entered in 31 days"), lambda item: item["entered"]),
    Column("taken_back", _("Soon taken back"), lambda item: item["taken_back"]),
    Column("ended_well", _("Soon found or identified"), lambda item: item["ended_well"]),
    Column("entered_lately", _("Entered in 3 days"), lambda item: item["entered_lately"]),
    Column("taken_back_lately", _("Taken back in 3 days"), lambda item: item["taken_back_lately"]),
    Column("ended_well_lately", _("Found or identified in 3 days"), lambda item: item["ended_well_lately"]),
    Column("limited", _("State"), lambda item: item["limited"]),
)
_LOGS: Final = (
    Column("service", _("Register"), lambda item: item["service"]),
    Column("leaves", _("Entries"), lambda item: item["leaves"]),
    Column("signed", _("Signed"), lambda item: item["signed"]),
    Column("at", _("Cosigned since"), lambda item: item["at"]),
    Column("current", _("Witnesses"), lambda item: [_told(each) for each in item["witnesses"]]),
)


def routes() -> list[Route]:
    """Return the routes of these pages."""
    return [
        get(PATH, show_timeline),
        get(f"{PATH}/requests", find_request),
        get(f"{PATH}/requests/{{id}}", show_request),
        get(f"{PATH}/records/{{kind}}/{{id}}", show_record),
        get(f"{PATH}/entries/{{service}}/{{index:number}}", explain),
        get(f"{PATH}/entries/{{service}}/{{index:number}}/proof", send_proof),
        get(f"{PATH}/logs", show_logs),
        get(f"{PATH}/logs/{{service}}/checkpoint", send_checkpoint),
        get(f"{PATH}/alarms", show_alarms),
        get(f"{PATH}/alarms/{{number:number}}/evidence", send_evidence),
        get(f"{PATH}/figures", show_figures),
    ]


async def show_timeline(page: Page) -> Response:
    """Show what was asked and shown, filtered as the address says."""
    timeline, stated = await timeline_of(page), {name: page.query.get(name, "") for name in FILTERS}
    with_readings = target_of(PATH, {**page.query, "readings": "yes"})
    return _answer(
        page,
        timeline,
        "audit/timeline.html",
        stated=stated,
        purposes=PURPOSES,
        operations=operations.groups_of(page.context.services, stated["service"]),
        asked_record=id_in(stated["record"]) or (next(iter(named)) if len(named := timeline.named) == 1 else ""),
        with_readings=with_readings,
    )


async def find_request(page: Page) -> Response:
    """Lead to a request by the number that an officer typed, as from a printed page."""
    typed = page.query.get("id", "").strip()
    number = id_in(typed)
    if number is None:
        return page.show("audit/request.html", 422 if typed else 200, id=typed, timeline=None)
    return page.go(f"{PATH}/requests/{number}")


async def show_request(page: Page) -> Response:
    """Show what became of a request: of one that has one entry why its answer showed what it did."""
    number = page.path["id"]
    if not is_id(number):
        raise HTTPException(404)
    timeline = await timeline_of(page, request=number)
    items = timeline.listing.items
    if timeline.is_complete and len(items) == 1 and not is_file(page):
        return page.go(_entry(items[0]["service"], items[0]["index"]))
    return _answer(page, timeline, "audit/request.html", id=number)


async def show_record(page: Page) -> Response:
    """Show who was shown a record, and who entered and changed it."""
    kind, number = BY_NAME.get(page.path["kind"]), page.path["id"]
    if kind is None or not is_id(number):
        raise HTTPException(404)
    timeline = await timeline_of(page, service=kind.service, record=number)
    if timeline.faults:
        raise HTTPException(404)
    record = page_of(kind, number) if page.may(f"{kind.service}:read") else None
    entries = timeline.listing.items
    return _answer(
        page,
        timeline,
        "audit/record.html",
        kind=kind,
        id=number,
        record=record,
        owner=owner_of(entries, number),
        readers=readers_of(entries, number),
        lacking=sum(lacks(entry, number) for entry in entries),
    )


async def explain(page: Page) -> Response:
    """Show why an answer showed what it did, and what proves it. The log keeps that somebody looked."""
    try:
        explained = await _explanation(page)
    except ApiRefused as refused:
        if refused.status == _MISSING and await _is_unsealed(page):
            return page.show("audit/unsealed.html", 503)
        raise
    directory = _directory_of(page)
    proven = proofs.read(explained["proof"], directory)
    entry = {**explained, "service": page.path["service"]}
    return page.show(
        "audit/entry.html",
        entry=entry,
        proven=proven,
        checks=proofs.CHECKS,
        entry_at=_entry(entry["service"], entry["index"]),
        proof_at=f"{_entry(entry['service'], entry['index'])}/proof{_of_record(page)}",
        asked_record=page.query.get("record", ""),
        root=encode_base64url(directory.root.raw),
        witnesses=sorted(assigned(entry["service"], directory.entries(), page.context.clock.now().timestamp())),
        way_of=reasons.way_of,
        rule_of=reasons.rule_of,
        is_compared=reasons.is_compared,
        **_of_entries(page),
    )


async def send_proof(page: Page) -> Response:
    """Send the proof of an entry as a file, which `i247 audit verify` verifies offline."""
    explained = await _explanation(page)
    return _file(explained["proof"], f"proof-{page.path['service']}-{page.path['index']}.json")


async def show_logs(page: Page) -> Response:
    """Show what each service signed of its log, and which witnesses cosigned it."""
    states = await logs.states_of(page, _directory_of(page))
    listing = arranged(page, [{**each._asdict(), "state": each} for each in states], _LOGS, None)
    return as_file(listing, page, "logs") if is_file(page) else page.show("audit/logs.html", listing=listing)


async def send_checkpoint(page: Page) -> Response:
    """Send the newest cosigned checkpoint of a log as a file, to compare it with what others were shown."""
    service = _service(page)
    answer = await page.api.exchange("GET", f"/api/{part(service)}/audit/checkpoint")
    return _file(answer.body.decode(), f"checkpoint-{service}.json")


async def show_alarms(page: Page) -> Response:
    """Show the alarms of the officer's gateway, what each means, and what to do."""
    listing = await listed(page, "/api/audit/alarms", alarms.COLUMNS)
    if is_file(page):
        return as_file(listing, page, "alarms")
    return page.show("audit/alarms.html", listing=listing, meaning_of=alarms.meaning_of)


async def send_evidence(page: Page) -> Response:
    """Send the evidence of an alarm as a file."""
    number = page.path["number"]
    # The API pages through alarms by their numbers, the newest first.
    found = (await page.api.get("/api/audit/alarms", after=number + 1, limit=1))["items"]
    if not found or found[0]["number"] != number or not found[0]["proof"]:
        raise HTTPException(404)
    return _file(found[0]["proof"], f"evidence-{number}.json")


async def show_figures(page: Page) -> Response:
    """Show how many records bureaus entered, and soon took back."""
    figures = await page.api.get("/api/audit/compliance")
    listing = arranged(page, figures["items"], _FIGURES, None)
    if is_file(page):
        return as_file(listing, page, "figures" if not figures["stalled"] else "figures-incomplete")
    return page.show("audit/figures.html", listing=listing, stalled_logs=figures["stalled"])


def _answer(page: Page, timeline: Timeline, template: str, **values: Any) -> Response:
    """Return a page with a timeline, or that as a file."""
    if is_file(page) and not timeline.faults:
        return as_file(timeline.listing, page, _name_of(timeline))
    status = 422 if timeline.faults else 200
    return page.show(template, status, timeline=timeline, listing=timeline.listing, **_of_entries(page), **values)


def _name_of(timeline: Timeline) -> str:
    """Return the name of a file with a timeline, which says what the file lacks."""
    lacks = ("" if timeline.is_complete else "-incomplete") + ("-without-readings" if timeline.left_out else "")
    return f"audit{lacks}"


def _of_entries(page: Page) -> dict[str, Any]:
    """Return what templates need to write entries."""
    return {
        "sentence_of": sentence_of,
        "outcome_of": outcome_of,
        "kind_of": kind_of,
        "sees_all": page.grant.bureau == SECRETARIAT,
    }


async def _explanation(page: Page) -> dict[str, Any]:
    """Return why an answer showed what it did. Raises ApiRefused."""
    path = f"/api/{part(_service(page))}/audit/{page.path['index']}"
    try:
        explained: dict[str, Any] = await page.api.get(path, record=page.query.get("record") or None)
    except ApiRefused as refused:
        if faults_in(refused):
            raise HTTPException(404) from refused
        raise
    return explained


async def _is_unsealed(page: Page) -> bool:
    """Return whether an entry is in the log, so that only its proof is missing: no checkpoint covers it yet."""
    index = page.path["index"]
    # The API pages through entries by their numbers, the newest first.
    found = await page.api.get(f"/api/{part(_service(page))}/audit", after=index + 1, limit=1)
    return any(each["index"] == index for each in found["items"])


def _service(page: Page) -> str:
    """Return the service in the address of a page. Raises HTTPException."""
    service: str = page.path["service"]
    if service not in page.context.services or not _SERVICE.fullmatch(service):
        raise HTTPException(404)
    return service


def _entry(service: str, index: int) -> str:
    return f"{PATH}/entries/{service}/{index}"


def _of_record(page: Page) -> str:
    record = page.query.get("record", "")
    return f"?record={part(record)}" if record else ""


def _directory_of(page: Page) -> Directory:
    """Return the directory of the officer's bureau, which the root key signed."""
    return page.context.requesters[page.grant.bureau].directory


def _told(sight: logs.Sight) -> str:
    return sight.bureau if sight.size is not None and not sight.behind else f"{sight.bureau} (-{sight.behind})"


def _file(text: str, name: str) -> Response:
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, headers=headers, media_type="application/json")
