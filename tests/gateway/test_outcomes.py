"""What an officer learns of a change whose answer is a refusal: whether it may have been made, as it may have been."""

from functools import partial
from typing import Any, Final

import httpx
import msgspec
import pytest

from shared.errors import OutcomeUnknown, StoreUnavailable
from shared.mailbox.mailbox import after_commit
from shared.outcomes import MAY_BE_MADE
from shared.protocol.parcel import Parcel
from shared.rpc.bridge import Bridge, Limits
from shared.transport import Arrival
from tests.gateway.fake_service import ANSWERS, Echo, FakeService, declaring
from tests.gateway.mesh import Mesh, client_of
from tests.support import problem_of

VEHICLES: Final = "/api/stolen-vehicles"
SCOPES: Final = ("stolen-vehicles:read", "stolen-vehicles:write")
CAR: Final = {"plate": "AB123CD", "country": "IT", "make": "Fiat", "theft_date": "2026-03-14", "reference": "2026/7"}
WRITING: Final = partial(FakeService, application=declaring(ANSWERS, verb="write"), deadline_seconds=0.6)
READING: Final = partial(FakeService, deadline_seconds=0.6)


async def unwritten(*_: Any, **__: Any) -> None:
    """Fail as an audit log on a full disk."""
    raise OSError("no space left")


@pytest.fixture
def france(started: Mesh) -> dict[str, str]:
    """Return the headers of an officer whose answers are not audited from now on."""
    headers = started.bearer("FR", *SCOPES)
    started.records["stolen-vehicles"].audit.append_request = unwritten  # type: ignore[method-assign]
    return headers


@pytest.mark.thorough
async def test_a_change_that_was_not_audited_may_have_been_made(
    started: Mesh, client: httpx.AsyncClient, france: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was; sent again with its reference it is the record that exists."""
    refused = await client.post(VEHICLES, json=CAR, headers=france)
    assert problem_of(refused) == (503, "not-audited")
    assert refused.json()["detail"].endswith(MAY_BE_MADE)
    monkeypatch.undo()
    del started.records["stolen-vehicles"].audit.append_request
    query = {"plate": CAR["plate"], "country": "IT"}
    [found] = (await client.get(f"{VEHICLES}/search", params=query, headers=france)).json()["hits"]
    again = await client.post(VEHICLES, json=CAR, headers=france)
    assert (again.status_code, again.json()["id"]) == (201, found["record"]["id"])


@pytest.mark.thorough
@pytest.mark.parametrize("body", [None, {"checks": [{"plate": "AB123CD", "country": "IT"}]}], ids=["GET", "POST"])
async def test_a_search_that_was_not_audited_changed_nothing(
    client: httpx.AsyncClient, france: dict[str, str], body: Any
) -> None:
    """Also one that has its query in the body."""
    if body is None:
        refused = await client.get(f"{VEHICLES}/search?plate=AB123CD&country=IT", headers=france)
    else:
        refused = await client.post(f"{VEHICLES}/checks", json=body, headers=france)
    assert problem_of(refused) == (503, "not-audited")
    assert refused.json()["detail"].endswith("nothing was changed: send it again")


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("service", "verb", "said"), [(WRITING, "write", MAY_BE_MADE), (READING, "read", "send it again")]
)
async def test_a_request_without_an_answer_in_time(mesh: Mesh, service: Any, verb: str, said: str) -> None:
    """The gateway knows by its operation whether it changes something."""

    async def say_nothing(_arrival: Arrival) -> None:
        """Never answer."""

    await mesh.handle(mesh.join("echo", "service", 100), say_nothing)
    async with client_of(mesh.gateway(service())) as client:
        refused = await client.post("/api/echo", content=b"{}", headers=mesh.bearer("FR", f"echo:{verb}"))
    assert problem_of(refused) == (504, "timeout")
    assert refused.json()["detail"].endswith(said)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("service", "verb", "answer"), [(WRITING, "write", (504, "timeout")), (READING, "read", (503, "busy"))]
)
async def test_a_process_that_is_asked_again_does_not_speak_for_the_first(
    mesh: Mesh, service: Any, verb: str, answer: tuple[int, str]
) -> None:
    """The first carried the change out, and its reply was lost; the second says that nothing was changed."""
    app, participant = Echo(), mesh.join("echo", "service", 100)
    first, second = Bridge(app, participant), Bridge(app, participant, Limits(running=0))

    async def lose(_: Parcel) -> None:
        """Lose a reply."""

    arrived = list[Arrival]()

    async def handle(arrival: Arrival) -> None:
        arrived.append(arrival)
        if len(arrived) == 1:
            await first.handle(msgspec.structs.replace(arrival, reply=lose))
        else:
            await second.handle(arrival)

    await mesh.handle(participant, handle)
    async with client_of(mesh.gateway(service())) as client:
        refused = await client.post("/api/echo", content=b"{}", headers=mesh.bearer("FR", f"echo:{verb}"))
    assert (problem_of(refused), len(app.requests)) == (answer, 1)
    assert (MAY_BE_MADE in refused.json()["detail"]) is (verb == "write")


def test_what_cannot_be_read_back_was_committed_all_the_same() -> None:
    """So it is not said that nothing was changed."""
    with pytest.raises(OutcomeUnknown), after_commit():
        raise StoreUnavailable("the store cannot be reached")
