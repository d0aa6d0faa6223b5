"""`i247 audit fetch` writes a file of a log that `i247 audit verify` checks."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.cli import main
from deploy.commands.audit_log import RemoteLog, Unfetched, write_consistency, write_log
from shared.audit.format.lists import Lengths, list_key
from shared.crypto.ed25519 import encode_base64url
from shared.protocol.directory import Directory
from tests.shared.audit.notices_log import (
    ENTRIES,
    FORGED,
    LIST_KEY,
    LOG,
    NEW,
    ROOT,
    SERVICE,
    Log,
    entry_of,
    leaf,
)
from tests.system.offline_commands import Run


class Gateway:
    """Answers as the gateway does; it may withhold leaves of the log, or serve another log."""

    def __init__(self, *, signed: int = 300, shown: int = 300, log: Log = LOG) -> None:
        self.asked: list[str] = []
        self._signed = signed
        self._shown = shown
        self._log = log

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.decode().partition("?")[0]
        self.asked.append(path)
        answers = {
            "checkpoint": self._checkpoint,
            "log": self._stretch,
            "consistency": self._growth,
            "logs": self._logs,
            "list": self._list,
        }
        folder, _, what = path.rpartition("/")
        if folder != f"/api/{SERVICE}/audit":
            return httpx.Response(404, text="no such service")
        answered = answers[what]({name: int(value) for name, value in request.url.params.items()})
        return httpx.Response(200, json=answered) if answered else httpx.Response(404, text="no such checkpoint")

    def _checkpoint(self, asked: dict[str, int]) -> dict[str, Any]:
        # Checkpoints of each hundred leaves are kept, and the last one.
        size = asked["most"] // 100 * 100 if "most" in asked else self._signed
        signed = NEW if self._log is NEW and asked.get("log") != 0 else LOG
        return {"checkpoint": signed.checkpoint(size), "entries": ENTRIES} if size else {}

    def _logs(self, _: dict[str, int]) -> dict[str, Any]:
        return {"items": [{"log": 0, "opening": None}, {"log": 1, "opening": NEW.leaves[0].decode()}]}

    def _stretch(self, asked: dict[str, int]) -> dict[str, Any]:
        # A page may have fewer items than requested.
        first = asked["after"]
        end = min(first + min(asked["limit"], 70), self._shown)
        items = [
            {
                "index": index,
                "hash": encode_base64url(self._log.hashes[index]),
                "leaf": self._log.leaves[index].decode(),
            }
            for index in range(first, end)
        ]
        return {"items": items, "next": end if end < self._shown else None}

    def _list(self, asked: dict[str, int]) -> dict[str, Any]:
        """Return the list of a bureau without any disclosed record."""
        opened = Lengths(LIST_KEY, {}, asked["size"]).opened("BR")
        return {
            "bureau": "BR",
            "key": encode_base64url(list_key(LIST_KEY, "BR")),
            "length": opened.length,
            "position": opened.position,
            "path": [encode_base64url(each) for each in opened.path],
        }

    def _growth(self, asked: dict[str, int]) -> dict[str, Any]:
        return {"proof": LOG.growth(asked["old"], asked["new"]).proof}


@contextmanager
def remote_log(gateway: Callable[[httpx.Request], httpx.Response], service: str = SERVICE) -> Iterator[RemoteLog]:
    """Open the log behind a gateway."""
    with httpx.Client(base_url="http://gateway", transport=httpx.MockTransport(gateway)) as client:
        directory = Directory(ROOT.public, (*ENTRIES, entry_of("IT")))
        yield RemoteLog(client, service, directory, cosigned_seconds=0.2)


def fetched(gateway: Callable[[httpx.Request], httpx.Response], service: str = SERVICE) -> tuple[bool, str]:
    """Fetch the log behind a gateway into a file."""
    with remote_log(gateway, service) as log:
        written = write_log(log, Path("fetched.jsonl"))
    return written.leaves == written.size, written.says


def test_a_fetched_log_is_verified(run: Run) -> None:
    """It is fetched page by page up to the first checkpoint answered, though the log has grown since."""
    gateway = Gateway(signed=290)
    assert fetched(gateway) == (True, "290 of 290 leaves")
    assert [path.rpartition("/")[2] for path in gateway.asked].count("log") == 5
    status, out, _ = run("fetched.jsonl")
    assert status == 0
    assert out.startswith("The audit log of notices has 290 leaves")


def test_a_rewritten_leaf_is_located_between_earlier_checkpoints(run: Run) -> None:
    """The earlier checkpoints came with the log, each with its witnesses."""
    rewritten = Log([*LOG.leaves[:150], leaf(150, officer="de.another"), *LOG.leaves[151:]])
    fetched(Gateway(log=rewritten))
    status, out, _ = run("fetched.jsonl")
    assert status == 1
    assert (
        "FAILED     tree: leaves were rewritten, dropped or put in another order: at 100 or after, and before 200"
        in out
    )
    assert "ok         earlier checkpoint 1: it is of the same first 100 leaves, seen by DE at" in out


def test_a_log_with_missing_leaves_is_written_and_fails(run: Run) -> None:
    """Missing leaves are evidence too."""
    assert fetched(Gateway(shown=299)) == (False, "299 of 300 leaves")
    status, out, _ = run("fetched.jsonl")
    assert status == 1
    assert "1 were dropped" in out


def test_a_consistency_proof_is_fetched_for_any_checkpoint(run: Run) -> None:
    """By one checkpoint that it kept, a bureau finds out whether it was shown the same log."""
    with remote_log(Gateway()) as log:
        assert write_consistency(log, Path("grown.json"), LOG.checkpoint(100, by=["IT"])) == (
            300,
            300,
            "the proof that 100 leaves became 300",
        )
        status, out, _ = run("grown.json")
        assert status == 0
        assert "ok         consistency: the 300 leaves begin with the 100 of before, unchanged" in out
        write_consistency(log, Path("grown.json"), FORGED.checkpoint(100))
        assert "FAILED     consistency: the proof is not about this tree of 100 leaves" in run("grown.json")[1]


def test_a_new_log_is_fetched_with_the_opening_about_the_log_before(run: Run) -> None:
    """Verified after that log: all leaves kept of it are there, and later ones are reported as lost."""
    assert fetched(Gateway(signed=60, shown=60, log=NEW)) == (True, "60 of 60 leaves")
    Path("first.jsonl").write_bytes(b"".join(Log(LOG.leaves[:200]).lines(100)))
    status, out, _ = run("first.jsonl", "fetched.jsonl")
    assert status == 0, out
    assert out.splitlines()[0].startswith("The audit log of notices has 200 leaves, with 200 texts.")
    assert "The audit log of notices has 60 leaves of i247/notices/1, with 60 texts." in out
    assert "i247/notices/1 was opened on 2026-06-01 11:48:20 UTC, of i247/notices the first 200 leaves are kept" in out
    assert "ok         other checkpoint 1: it is of 200 leaves of i247/notices, which are all kept" in out
    status, out, _ = run("fetched.jsonl", "--checkpoint", "proof.json")
    assert status == 1
    assert (
        "undecided  other checkpoint 1: it is of 300 leaves of i247/notices, of which those from 200 on were lost"
        in out
    )


def test_a_consistency_proof_of_a_retired_log_covers_the_leaves_kept(run: Run) -> None:
    """For a checkpoint of more leaves than were kept there is no proof, which is reported."""
    with remote_log(Gateway(signed=200, log=NEW)) as log:
        assert write_consistency(log, Path("grown.json"), LOG.checkpoint(100)).size == 200
        assert run("grown.json")[0] == 0
        with pytest.raises(Unfetched, match="of these 300 leaves of i247/notices the service shows only 200"):
            write_consistency(log, Path("grown.json"), LOG.checkpoint(300))


def test_a_consistency_proof_for_another_log_is_refused(run: Run) -> None:
    """No request is made."""
    other = LOG.checkpoint(100).replace("i247/notices\n", "i247/fingerprints\n")
    with (
        remote_log(Gateway()) as log,
        pytest.raises(Unfetched, match="a checkpoint of i247/fingerprints, not of notices"),
    ):
        write_consistency(log, Path("grown.json"), other)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (httpx.Response(403, text="no"), "/api/notices/audit/checkpoint was answered 403: .* not as a gateway does"),
        (httpx.Response(200, text="no"), "/api/notices/audit/checkpoint has another form"),
        (httpx.Response(200, json={"checkpoint": "no"}), "no checkpoint of notices"),
    ],
)
def test_a_failed_fetch_raises_and_writes_nothing(run: Run, answer: httpx.Response, sentence: str) -> None:
    with pytest.raises(Unfetched, match=sentence):
        fetched(lambda _: answer)
    assert list(Path().glob("fetched*")) == []


@pytest.mark.thorough
def test_a_fetch_waits_for_the_first_cosigned_checkpoint(run: Run) -> None:
    """As just after the start of a mesh."""
    gateway, asked = Gateway(), 0

    def young(request: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        return httpx.Response(404) if asked == 1 else gateway(request)

    assert fetched(young) == (True, "300 of 300 leaves")


def test_a_fetch_from_an_unknown_service_is_refused(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """It does not wait for a checkpoint."""
    assert main(["audit", "fetch", "others", "--out", "fetched.jsonl"]) != 0
    assert "use one of notices, fingerprints" in capsys.readouterr().err


def test_a_partial_fetch_leaves_no_file(run: Run) -> None:
    """One page of the log cannot be read."""
    gateway = Gateway()

    def broken(request: httpx.Request) -> httpx.Response:
        answer = gateway(request)
        return answer if [path[-4:] for path in gateway.asked].count("/log") < 2 else httpx.Response(200, text="no")

    with pytest.raises(Unfetched, match="/api/notices/audit/log has another form"):
        fetched(broken)
    assert list(Path().glob("fetched*")) == []


@pytest.mark.thorough
def test_the_name_of_a_service_is_escaped_in_the_path(run: Run) -> None:
    """No request leaves the address of the service that was named."""
    gateway = Gateway()
    with pytest.raises(Unfetched, match="was answered 404"):
        fetched(gateway, "../notices")
    assert set(gateway.asked) == {"/api/..%2Fnotices/audit/checkpoint"}


def test_a_since_file_without_a_checkpoint_is_wrong_usage(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """The file is named before any request is made."""
    assert main(["audit", "fetch", SERVICE, "--since", "body", "--out", "grown.json"]) == 2
    assert "body has no checkpoint" in capsys.readouterr().err
