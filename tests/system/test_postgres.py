"""The whole mesh on PostgreSQL: the requirements of its start, its operation, and a killed server."""

import json
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from deploy.provisioning.roles import Role
from deploy.state.databases import require_databases
from deploy.state.errors import StartRefused
from deploy.state.settings import Settings
from services import SERVICES
from tests.contract.operations import Operation, Schema, Schemas, operations_of
from tests.postgres import PostgresServer, running_postgres
from tests.system.load import CAR, MESSAGES, VEHICLES, Load
from tests.system.mesh import PROJECT, RunningMesh, free_port, run_i247, running_mesh

pytestmark = pytest.mark.thorough

DATABASES = ["fingerprints", "firearms", "mailboxes", "missing_persons", "notices", "stolen_vehicles"]
# Where the examples in the document are not sufficient.
QUERIES = {
    "/api/stolen-vehicles/search": {"vin": "ZAR93200001234567"},
    "/api/notices/search": {"name": "Hoshikawa"},
    "/api/firearms/search": {"serial_number": "GXK 204 881", "make": "Glock"},
    "/api/missing-persons/search": {"country": "FR"},
    "/api/missing-persons/bodies/search": {"country": "FR"},
}
BODIES = {
    "POST /api/checks": {"plate": "AB 1"},
    "POST /api/stolen-vehicles": {**CAR, "vin": "ZAR93200001234567"},
    "PUT /api/stolen-vehicles/{record_id}": {**CAR, "vin": "ZAR93200001234567"},
    "POST /api/messages": {"to": ["DE"], "subject": "Nothing", "body": "Nothing."},
}
AN_ID = "01a21989-243f-7790-bf02-197f4387fc76"
REFUSED = 3
WAIT_SECONDS = 30
LOAD_SECONDS = 0.8
ENTERED_AT_LEAST = 10
T = TypeVar("T")


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """Run a separate server, which keeps committed data when it is killed."""
    with running_postgres(synchronous_commit="on") as running:
        yield running


@pytest.fixture(scope="module")
def mesh(server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningMesh]:
    """Run a mesh of three bureaus, each process with few connections."""
    home, url = tmp_path_factory.mktemp("postgres") / "var", server.store_url("mesh")
    settings = {"I247_STORE_URL": url, "I247_BUREAUS": "FR,DE,KE", "I247_STORE_CONNECTIONS": "4"}
    provisioned = run_i247("provision", environment=environment(home, **settings))
    assert provisioned.returncode == 0, provisioned.stderr
    assert all(f"created the database mesh_{name}" in provisioned.stdout for name in DATABASES)
    with running_mesh(home, **settings) as running:
        yield running


def environment(home: Path, **settings: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(PROJECT), "I247_HOME": str(home), "I247_PORT": str(free_port()), **settings}


def until(ask: Callable[[], T | None]) -> T:
    """Return the first result that is not None."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        if (answer := ask()) is not None:
            return answer
        time.sleep(0.05)
    raise AssertionError("it never came")


def everything_in(client: httpx.Client, path: str, **query: str) -> list[dict[str, Any]]:
    """Return all items of a list, page by page."""
    items: list[dict[str, Any]] = []
    after: dict[str, Any] = {}
    while True:
        page = client.get(path, params={**query, **after, "limit": 100}).raise_for_status().json()
        items += page["items"]
        if page.get("next") is None:
            return items
        after = {"after": page["next"]}


def verified(mesh: RunningMesh, service: str, folder: Path) -> str:
    """Fetch the audit log of a service, verify it offline, and return the output."""
    file = folder / f"{service}.jsonl"
    fetched = mesh.i247("audit", "fetch", service, "--bureau", "FR", "--out", str(file))
    assert fetched.returncode == 0, fetched.stderr
    verdict = mesh.i247("audit", "verify", str(file))
    assert verdict.returncode == 0, verdict.stdout
    return verdict.stdout


def test_a_mesh_works_on_postgresql(mesh: RunningMesh, tmp_path: Path) -> None:
    """Search, notification of the hit, delivery of a sealed file, and verification of the audit log."""
    vin, file = "ZAR93200001234567", os.urandom(300_000)
    with mesh.client("FR") as france, mesh.client("DE") as germany:
        entered = france.post(VEHICLES, json={**CAR, "vin": vin})
        assert entered.status_code == 201, entered.text
        found = germany.get(f"{VEHICLES}/search", params={"vin": vin}).raise_for_status().json()
        assert [hit["record"]["id"] for hit in found["hits"]] == [entered.json()["id"]]
        letter = {"to": ["DE"], "subject": "A file", "body": "See the file."}
        sent = france.post(
            MESSAGES, data={"message": json.dumps(letter)}, files={"attachments": ("file.bin", file, "image/png")}
        )
        assert sent.status_code == 202, sent.text
        path = f"{MESSAGES}/{sent.json()['id']}"
        until(lambda: germany.get(path).status_code == 200 or None)
        assert germany.get(f"{path}/attachments/1").content == file
        until(lambda: france.get(path).json()["progress"].get("delivered") == 1 or None)
        [hit] = until(lambda: france.get("/api/hits").json()["items"] or None)
        assert (hit["finder"], hit["record"]) == ("DE", entered.json()["id"])
    assert "stolen-vehicles" in verified(mesh, "stolen-vehicles", tmp_path)


def test_a_new_bureau_needs_no_new_database(mesh: RunningMesh) -> None:
    """Its mailbox is in the database of the others."""
    assert mesh.i247("bureaus", "add", "IT").returncode == 0
    with mesh.client("IT") as italy:
        until(lambda: italy.get(MESSAGES).status_code == 200 or None)


@contextmanager
def under_load(mesh: RunningMesh, *loads: Load) -> Iterator[None]:
    over = threading.Event()
    threads = [threading.Thread(target=load.run, args=(over,)) for load in loads]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


def test_a_killed_server_loses_no_acknowledged_data(mesh: RunningMesh, server: PostgresServer, tmp_path: Path) -> None:
    """It is killed under load and restarted: each record and message exists once, and the audit log verifies."""
    with mesh.client("FR") as france, mesh.client("KE") as kenya, mesh.client("DE") as germany:
        loads = [Load(france, "ZARFR0000"), Load(kenya, "ZARKE0000")]
        with under_load(mesh, *loads):
            for _ in range(2):
                time.sleep(LOAD_SECONDS)
                server.kill()
                time.sleep(LOAD_SECONDS)
                server.start()
            until(lambda: httpx.get(f"{mesh.base}/health").status_code == 200 or None)
            until(lambda: min(len(load.entered) for load in loads) > ENTERED_AT_LEAST or None)
        statuses = sum((load.statuses for load in loads), Counter[int]())
        assert statuses.keys() <= {201, 202, 503, 507}, statuses
        assert statuses[503] > 0
        assert [load.not_problem_json for load in loads] == [[], []]
        assert max(load.slowest for load in loads) < 15
        for load in loads:
            for record, vin in load.entered.items():
                assert germany.get(f"{VEHICLES}/{record}").json()["vin"] == vin
        sent = {message: key for load in loads for message, key in load.sent.items()}

        def received() -> list[str] | None:
            subjects = [item["id"] for item in everything_in(germany, MESSAGES, box="inbox")]
            return subjects if set(subjects) >= sent.keys() else None

        inbox = Counter(until(received))
        assert {message: inbox[message] for message in sent} == dict.fromkeys(sent, 1)
    entered = [request for load in loads[:1] for request in load.requests]

    def is_cosigned(request: str) -> bool | None:
        found = auditor.get(f"{VEHICLES}/audit/by-request/{request}")
        return True if found.status_code == 200 and len(found.json()["witnesses"]) >= 2 else None

    with _client(mesh, "FR", "auditor") as auditor:
        until(lambda: is_cosigned(entered[-1]))
    verified(mesh, "stolen-vehicles", tmp_path)
    log = (tmp_path / "stolen-vehicles.jsonl").read_text()
    assert {request: log.count(request) for request in entered} == dict.fromkeys(entered, 1)


def test_every_operation_returns_503_or_507_without_its_server(mesh: RunningMesh, server: PostgresServer) -> None:
    """Unless the request is refused for another reason; none returns a 500, and none takes longer than 10 s."""
    document = json.loads((PROJECT / "docs" / "openapi.json").read_text())
    operations = [each for each in operations_of(document) if each.path.startswith("/api/")]
    with mesh.client("FR") as officer, _client(mesh, "FR", "auditor") as auditor, _client(mesh, "IPSG", "ccf") as ccf:
        clients = {"audit": auditor, "subject-requests": ccf, "decision": ccf}
        server.kill()
        try:
            answers = {str(each): _answer(_of(each, clients, officer), each) for each in operations}
        finally:
            server.start()
    answered = {name: answer for name, answer in answers.items() if answer.status_code in (503, 507)}
    assert {answer.headers["content-type"] for answer in answered.values()} == {"application/problem+json"}
    assert all("Retry-After" in answer.headers for answer in answered.values() if answer.status_code == 503)
    others = {name: (answer.status_code, answer.text[:300]) for name, answer in answers.items() - answered.items()}
    # A check says of each register that it could not be reached.
    status, text = others.pop("POST /api/checks")
    assert (status, '"verdict":"incomplete"' in text) == (200, True), text
    # Refused for other reasons: a missing permission, or an invalid value.
    assert {status for status, _ in others.values()} <= {403, 415, 422}, others
    assert len(answered) > 120, others
    assert {name.split("/")[2] for name in answered} == {name.split("/")[2] for name in answers} - {"checks"}
    assert [name for name, answer in answers.items() if answer.elapsed.total_seconds() > 10] == []
    until(lambda: httpx.get(f"{mesh.base}/health").status_code == 200 or None)


def _client(mesh: RunningMesh, bureau: str, role: Role) -> httpx.Client:
    headers = {"Authorization": f"Bearer {mesh.token(bureau, role)}"}
    return httpx.Client(base_url=mesh.base, headers=headers, timeout=30)


def _of(operation: Operation, clients: Mapping[str, httpx.Client], officer: httpx.Client) -> httpx.Client:
    return next((client for part, client in clients.items() if part in operation.path.split("/")), officer)


def _answer(client: httpx.Client, operation: Operation) -> httpx.Response:
    example = partial(_example, operation.schemas)
    path = {name: example(schema) for name, schema in operation.parameters("path", required=True).items()}
    query = {name: example(schema) for name, schema in operation.parameters("query", required=True).items()}
    query |= QUERIES.get(operation.path, {}) if operation.method == "GET" else {}
    media = "application/json" if "application/json" in operation.bodies else ""
    body = (BODIES.get(str(operation)) or example(operation.bodies[media])) if media else None
    request = operation.request(path, query, media, body)
    return client.request(
        operation.method, request.target, content=request.body, headers={"Content-Type": request.content_type}
    )


def _example(schemas: Schemas, named: Schema) -> Any:
    """Return an example value of a schema."""
    schema = schemas.resolved(named)
    stated = [schema.get("example"), *schema.get("examples", ()), *schema.get("enum", ()), schema.get("default")]
    if usable := [value for value in stated if value is not None]:
        return usable[0]
    if several := schema.get("anyOf"):
        return _example(schemas, several[0])
    properties = schema.get("properties", {})
    plain = {"integer": schema.get("minimum", 1), "boolean": True, "array": [], "object": {}, "string": AN_ID}
    if schema.get("items"):
        plain["array"] = [_example(schemas, schema["items"])]
    plain["object"] = {name: _example(schemas, properties[name]) for name in schema.get("required", ())}
    return plain[schema.get("type", "string")]


def test_a_role_that_may_not_create_databases_gets_the_statements_to_run(
    server: PostgresServer, tmp_path: Path
) -> None:
    """Neither `provision` nor the start goes on; the error prints the SQL that an administrator has to run."""
    server.ask("CREATE ROLE plain LOGIN")
    given = environment(tmp_path / "var", I247_STORE_URL=server.store_url("plain", role="plain"), I247_BUREAUS="FR")
    refused = run_i247("provision", environment=given)
    assert (refused.returncode, "Traceback" in refused.stderr) == (REFUSED, False), refused
    assert all(f"plain_{name}" in refused.stderr for name in DATABASES)
    *others, last = [each for each in refused.stderr.partition("administrator run: ")[2].split(";") if each.strip()]
    for statement in others:
        server.ask(statement)
    refused = run_i247("up", environment=given)
    assert refused.returncode == REFUSED
    assert "the database of I247_STORE_URL must exist first: plain_mailboxes:" in refused.stderr
    server.ask(last)
    assert run_i247("provision", environment=given).returncode == 0


async def test_a_database_with_another_encoding_is_refused(server: PostgresServer) -> None:
    """It could not store every name; a refused login is not reported as a missing database."""
    server.ask("CREATE DATABASE ascii_notices TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'")
    with pytest.raises(StartRefused, match="ascii_notices has the encoding SQL_ASCII: it must be UTF8"):
        await require_databases(Settings(store_url=server.store_url("ascii")), ["notices"])
    with pytest.raises(StartRefused, match='role "nobody" does not exist'):
        await require_databases(Settings(store_url=server.store_url("ascii", role="nobody")), ["notices"])


def test_a_start_with_more_connections_than_the_server_accepts_is_refused(
    mesh: RunningMesh, server: PostgresServer, tmp_path: Path
) -> None:
    """They would be missing under load; the error says how many are possible."""
    # The services and the gateway.
    processes, accepted = len(SERVICES) + 1, 97
    settings = {"I247_STORE_URL": mesh.environment["I247_STORE_URL"], "I247_STORE_CONNECTIONS": "20"}
    refused = run_i247("up", environment=environment(tmp_path / "var", **settings))
    assert refused.returncode == REFUSED
    assert (
        f"may open {20 * processes} connections to PostgreSQL, which accepts {accepted}: "
        f"set I247_STORE_CONNECTIONS to {accepted // processes}"
    ) in refused.stderr
    assert server.is_ready()


def test_a_start_without_a_postgresql_server_is_refused(tmp_path: Path) -> None:
    """The error names the address, and does not show the password."""
    url = f"postgresql://i247:s3cret@127.0.0.1:{free_port()}/i247_{{service}}"
    for command in ("provision", "up"):
        refused = run_i247(command, environment=environment(tmp_path / "var", I247_STORE_URL=url, I247_BUREAUS="FR"))
        assert refused.returncode == REFUSED, refused
        assert "PostgreSQL at 127.0.0.1:" in refused.stderr
        assert "s3cret" not in refused.stderr + refused.stdout
