"""A Python client that is generated from the OpenAPI document alone works with the gateway."""

import importlib
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.generated.source_tree import PROJECT
from shared.clock import FixedClock
from tests.gateway.accounts import PASSWORD
from tests.gateway.mesh import Mesh

pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Generate a client as `docs/how-to/clients.md` does, from the committed document; return its package."""
    folder = tmp_path_factory.mktemp("client")
    options = [
        "--path",
        str(PROJECT / "docs" / "openapi.json"),
        "--config",
        str(PROJECT / "docs" / "examples" / "clients" / "openapi-python-client.yaml"),
        "--output-path",
        str(folder / "i247_client"),
    ]
    made = subprocess.run(
        [sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none", "--fail-on-warning", *options],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    sys.path.insert(0, str(folder))
    try:
        yield "i247_client"
    finally:
        sys.path.remove(str(folder))
        for name in [name for name in sys.modules if name.partition(".")[0] == "i247_client"]:
            del sys.modules[name]


async def test_a_generated_client_gets_a_token_enters_a_record_and_finds_it(
    generated: str, client: httpx.AsyncClient
) -> None:
    """It calls the real services and parses their answers."""

    def part(name: str) -> Any:
        return importlib.import_module(f"{generated}.{name}")

    models = part("models")
    anyone = part("client").Client(base_url="http://gateway").set_async_httpx_client(client)
    form = models.TokenForm(grant_type=models.TokenFormGrantType.PASSWORD, username="fr.officer", password=PASSWORD)
    answer = await part("api.tokens.issue_token").asyncio(client=anyone, body=form)
    assert answer.token_type == "bearer"
    client.headers["Authorization"] = f"Bearer {answer.access_token}"
    officer = part("client").AuthenticatedClient(base_url="http://gateway", token=answer.access_token)
    officer.set_async_httpx_client(client)
    vehicle = models.VehicleDescription.from_dict(
        {"make": "Alfa Romeo", "vin": "ZAR93700005123456", "theft_date": "2026-05-30"}
    )
    purpose = models.Purpose("security-check")
    entered = await part("api.stolen_vehicles.create_vehicle").asyncio(
        client=officer, body=vehicle, i247_purpose=purpose
    )
    found = await part("api.stolen_vehicles.search_vehicles").asyncio(client=officer, vin="zar 937000 05123456")
    assert [hit.record.id for hit in found.hits] == [entered.id]
    refused = await part("api.stolen_vehicles.get_vehicle").asyncio(
        client=officer, record_id="0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"
    )
    assert (type(refused).__name__, refused.status) == ("ProblemBody", 404)


async def test_a_generated_client_sends_a_message_and_lists_it(
    generated: str, clock: FixedClock, tmp_path: Path
) -> None:
    """As JSON and as a multipart form with a file; it parses the answers."""

    def part(name: str) -> Any:
        return importlib.import_module(f"{generated}.{name}")

    models, mesh = part("models"), Mesh(clock, tmp_path)
    async with mesh.handling_mail() as client:
        client.headers.update(mesh.bearer("FR", "messages:read", "messages:write"))
        officer = part("client").AuthenticatedClient(base_url="http://gateway", token="").set_async_httpx_client(client)
        draft = models.MessageDraft.from_dict({"to": ["DE"], "subject": "A car", "body": "Seen at the border."})
        accepted = await part("api.messages.send_message").asyncio(client=officer, body=draft)
        form = models.MessageWithFiles(
            message=draft, attachments=[part("types").File(payload=BytesIO(b"a report"), file_name="report.txt")]
        )
        attached = await part("api.messages.send_message").asyncio(client=officer, body=form)
        page = await part("api.messages.list_messages").asyncio(client=officer, box=models.Box.OUTBOX)
        refused = await part("api.messages.get_message").asyncio(
            client=officer, message_id="0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"
        )
    assert [item.id for item in page.items] == [attached.id, accepted.id]
    assert page.items[0].attachments[0].name == "report.txt"
    assert (type(refused).__name__, refused.status) == ("ProblemBody", 404)
