"""What clients see that are under way, or come back, when the state of a sandbox is replaced."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from uuid import uuid4

import httpx
import pytest
from httpx_sse import ServerSentEvent, connect_sse

from tests.system.sandbox.client import WAIT_SECONDS, Client, code_of, wait_for

# Each starts the mesh anew; `test_under_way` and `test_stream` of the gateway find most of the same faults.
pytestmark = pytest.mark.thorough
RESTORE = "/sandbox/snapshots/before/restore"


@contextmanager
def searching(own: Client, latency_ms: int) -> Iterator[list[httpx.Response]]:
    """Search for a vehicle on the slow way of a fault during the block; afterwards its answer is in the list."""
    fault = own.fault(step="broker", service="stolen-vehicles", latency_ms=latency_ms)
    headers, answers = own.officer("FR"), list[httpx.Response]()

    def search() -> httpx.Response:
        query = {"plate": "ABSENT", "country": "IT"}
        return httpx.get(f"{own.mesh.base}/api/stolen-vehicles/search", params=query, headers=headers, timeout=30)

    with ThreadPoolExecutor(1) as pool:
        under_way = pool.submit(search)
        wait_for(lambda: own.state_of(fault)["fired"] == 1)
        yield answers
        answers.append(under_way.result())


@pytest.mark.parametrize("path", [RESTORE, "/sandbox/reset"])
def test_a_request_that_takes_longer_is_refused_as_busy(own: Client, path: str) -> None:
    """The client is told to send it again, as after any other overload, and is not cut off."""
    own.client.post("/sandbox/snapshots", json={"name": "before"}).raise_for_status()
    with searching(own, latency_ms=20_000) as answers:
        own.replace(path)
    [refused] = answers
    assert (refused.status_code, code_of(refused), refused.headers["retry-after"]) == (503, "busy", "1")
    assert "being restored or reset" in refused.json()["detail"]
    assert own.search("FR").status_code == 200


def test_a_stream_that_goes_on_says_that_the_sandbox_was_restored(own: Client) -> None:
    """Its next event has a number that none had before, so that none is taken for another, nor missed."""
    own.client.post("/sandbox/snapshots", json={"name": "before"}).raise_for_status()
    known = sent_event(own)
    own.replace(RESTORE)
    later = own.send("DE", "FR", uuid4().hex).raise_for_status().json()["id"]
    with streaming(own, "FR", known.id) as events:
        restored, event = next(events), next(each for each in events if later in each.data)
    assert (restored.event, json.loads(restored.data)) == ("restored", {"number": int(restored.id), "type": "restored"})
    assert int(known.id) < int(restored.id) < int(event.id)
    own.replace("/sandbox/reset")
    again = sent_event(own)
    assert int(again.id) > int(event.id)
    with streaming(own, "FR", event.id) as events:
        restored_again = next(events)
    assert restored_again.event == "restored"
    assert int(event.id) < int(restored_again.id) < int(again.id)


def test_the_command_that_listens_says_that_the_sandbox_was_restored(own: Client) -> None:
    """It goes on with what happens then, and can post no event of before again."""
    own.client.post("/sandbox/snapshots", json={"name": "before"}).raise_for_status()
    with listening(own) as lines:
        assert next(lines).startswith("events of FR")
        own.send("DE", "FR", uuid4().hex).raise_for_status()
        number = next(lines).rpartition("#")[2].strip()
        own.replace(RESTORE)
        message = own.send("DE", "FR", uuid4().hex).raise_for_status().json()["id"]
        # Services write to the bureau as well.
        assert any(line.startswith("the sandbox was restored or reset: forget what came before") for line in lines)
        assert any(message in line for line in lines)
    done = own.mesh.i247("listen", "FR", "--replay", number)
    assert (done.returncode, "from before the sandbox was restored" in done.stderr) == (1, True), done.stderr


def sent_event(own: Client) -> ServerSentEvent:
    """Send a message to France, and return the event of its arrival."""
    with streaming(own, "FR", None) as events:
        own.send("DE", "FR", uuid4().hex).raise_for_status()
        return next(events)


@contextmanager
def listening(own: Client) -> Iterator[Iterator[str]]:
    """Run `i247 listen FR` during the block, and yield the lines that it prints."""
    command = [sys.executable, "-m", "deploy", "listen", "FR", "--events", "message"]
    folder = own.mesh.environment["PYTHONPATH"]
    with subprocess.Popen(command, env=own.mesh.environment, cwd=folder, text=True, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        timer = threading.Timer(WAIT_SECONDS, process.kill)
        timer.start()
        try:
            yield process.stdout
        finally:
            timer.cancel()
            process.kill()


@contextmanager
def streaming(own: Client, bureau: str, last: str | None) -> Iterator[Iterator[ServerSentEvent]]:
    """Read the stream of a bureau after an event, or from now on."""
    headers = own.officer(bureau) | ({} if last is None else {"Last-Event-ID": last})
    with connect_sse(own.client, "GET", "/api/messages/stream", headers=headers) as source:
        stream = source.iter_sse()
        # The first says where it begins, and is no event.
        assert not next(stream).data
        yield stream
