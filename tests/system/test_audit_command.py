"""`i247 audit verify` needs neither a mesh nor the network; `i247 audit fetch` writes what the first one checks."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.cli import main
from deploy.commands.audit_log import RemoteLog, Unfetched, write_consistency, write_log
from deploy.commands.offline_check import printable
from shared.audit.format.commitment import commit
from shared.audit.format.leaf import filler_secret, record_digest
from shared.audit.format.lists import Lengths, bound, list_key, tag
from shared.audit.format.proof_file import write_proof
from shared.audit.opening import DisclosedRecord
from shared.bureaus import BureauCode
from shared.crypto.ed25519 import encode_base64url
from shared.disclosure import Disclosure
from shared.protocol.directory import Directory
from shared.protocol.directory_file import directory_text
from tests.shared.audit.logs import (
    BODY,
    ENTRIES,
    FORGED,
    LEAF_SALT,
    LIST_KEY,
    LOG,
    NEW,
    PROOF,
    ROOT,
    SERVICE,
    TOLD,
    Log,
    answer_to,
    entry_of,
    leaf,
    opened,
)
from tests.shared.audit.test_contradiction import proof, said
from tests.system.offline import Run, running_offline

# By this directory DE, FR and IT are the witnesses of all logs.
MEMBERS = (*ENTRIES, entry_of("IT"), entry_of("IPSG"))
ROOT_KEY = encode_base64url(ROOT.public.raw)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return what runs the command in an empty folder without a network: exit status, output and errors."""
    offline = running_offline("audit", tmp_path, monkeypatch, capsys)
    Path("home").mkdir()
    Path("home/root.pub").write_text(ROOT_KEY + "\n")
    Path("home/directory.json").write_text(directory_text(MEMBERS, ROOT))
    Path("proof.json").write_bytes(PROOF)
    Path("log.jsonl").write_bytes(b"".join(LOG.lines(100)))
    Path("growth.json").write_bytes(write_proof(LOG.growth(100, 300)))
    Path("note").write_text(LOG.checkpoint(300))
    Path("forged").write_text(FORGED.checkpoint(300, by=[]))
    Path("headers").write_text(f"HTTP/1.1 200 OK\ncontent-type: application/json\ni247-signature: {signature()}\n\n")
    Path("body").write_bytes(BODY)
    return offline


def signature() -> str:
    """Return the signature header of the answer that the proof is about."""
    return answer_to(7).signature


def test_a_genuine_proof_says_who_was_shown_what_and_why_and_exits_0(run: Run) -> None:
    """Sentences at the top, a line for each check, and the last line says that all checks passed."""
    status, out, _ = run("proof.json", "--answer", "headers", "--body", "body", "--checkpoint", "note")
    assert status == 0
    assert out.splitlines()[:5] == [
        (
            "On 2026-06-01 11:43:27 UTC de.officer of DE was answered `search_notices` of notices for the purpose "
            "wanted-person, with the status 200."
        ),
        (
            "Version 3 of the notice 0197a3c2-5b1e-7c3a-9f20-4d5e6f708192 of FR was found by a search (score 0.9: "
            "name: Dupond ~ Dupont). Rule `members`: it is open to all members, and DE was not barred from it."
        ),
        (
            "Version 1 of the notice 0197a3c2-5b1e-7c3a-9f20-4d5e6f708193 of KE was found by a search (score 0.5: "
            "name: Dupont). Rule `members`: it is open to all members, and DE was not barred from it."
        ),
        "It showed no other record.",
        (
            "It is leaf 7 of 300 of the audit log, which was seen by DE at 2026-06-01 12:00:02 UTC, "
            "FR at 2026-06-01 12:00:03 UTC."
        ),
    ]
    assert "ok         answer: it is the answer of the leaf, and the service signed it" in out.splitlines()
    assert out.splitlines()[-1] == "all checks passed"


def test_the_explanation_that_a_log_answers_is_checked_by_the_proof_in_it(run: Run) -> None:
    """Whoever saved the answer need not take the proof out of it."""
    Path("explanation.json").write_text(json.dumps({"index": 7, "proof": PROOF.decode(), "witnesses": ["DE", "FR"]}))
    assert run("explanation.json", "--answer", "headers", "--body", "body")[0] == 0
    assert run("note", "--checkpoint", "explanation.json")[0] == 0
    Path("explanation.json").write_text(json.dumps({"index": 7, "proof": PROOF.decode().replace("0.9", "1.0")}))
    assert run("explanation.json")[0] == 1


def test_a_doctored_proof_says_what_does_not_fit_and_exits_1(run: Run) -> None:
    """No explanation by what is not proven."""
    Path("proof.json").write_bytes(PROOF.replace(b"de.officer", b"de.another"))
    status, out, _ = run("proof.json")
    assert status == 1
    assert "de.another" not in out
    assert out.splitlines()[-1] == "1 of 7 checks failed"


@pytest.mark.parametrize(
    ("request_file", "fits"),
    [
        ("GET /notices/search?name=Dupond", True),
        ("GET /notices/search?name=Dupond HTTP/1.1\r\nhost: a\r\n\r\n", True),
        ("GET /notices/search?name=Dupond\n", True),
        ("GET /notices/search?name=Dupond HTTP/1.1\nContent-Type: application/json\n\n", False),
        ("GET /notices/search?name=Dupond\n\n{}", False),
        ("GET /notices/search?name=Dupont", False),
    ],
)
def test_the_request_is_checked_as_http_writes_it(run: Run, request_file: str, fits: bool) -> None:
    """Request line, headers, body; the version of HTTP and other headers than the content type were not signed."""
    Path("asked").write_text(request_file)
    status, out, _ = run("proof.json", "--asked", "asked")
    assert (status, "ok         query: it is what was asked" in out) == ((0, True) if fits else (1, False))


@pytest.mark.parametrize("text", ["", "GET", "\n\n", "notices", "GET http://a/notices"])
def test_what_is_no_request_is_said_not_to_be(run: Run, text: str) -> None:
    """With what it should look like."""
    Path("asked").write_text(text)
    status, _, errors = run("proof.json", "--asked", "asked")
    assert (status, "begins with a line such as `GET /api/notices`" in errors) == (2, True)


def test_the_signature_of_an_answer_may_stand_by_itself(run: Run) -> None:
    """As well as among all headers; and another's does not fit."""
    Path("headers").write_text(signature() + "\n")
    assert run("proof.json", "--answer", "headers", "--body", "body")[0] == 0
    Path("headers").write_text(answer_to(8).signature)
    status, out, _ = run("proof.json", "--answer", "headers", "--body", "body")
    assert status == 1
    assert "FAILED     answer: the leaf is about another answer" in out


def test_a_log_says_whose_it_is_and_exits_0(run: Run) -> None:
    """How long, how much of it is told, and who saw it."""
    status, out, _ = run("log.jsonl", "--checkpoint", "note", "--checkpoint", "proof.json")
    assert status == 0
    assert out.startswith("The audit log of notices has 300 leaves, with 300 texts. Seen by DE at 2026-06-01 ")
    assert "ok         other checkpoint 2: it is of the same first 300 leaves" in out


@pytest.mark.parametrize("file", ["proof.json", "log.jsonl", "growth.json", "note"])
def test_who_cosigned_a_bare_checkpoint_is_known_by_the_directory_at_hand(run: Run, file: str) -> None:
    """Whether it is of the same log, or of another past: his signature is a part of what convicts the log."""
    directory = Directory(ROOT.public, [*ENTRIES, entry_of("IT")])
    Path("home/directory.json").write_text(directory_text(directory.signed_entries(), ROOT))
    Path("same").write_text(LOG.checkpoint(300, by=["IT"]))
    Path("forged").write_text(FORGED.checkpoint(300, by=["IT"]))
    status, out, _ = run(file, "--checkpoint", "same")
    assert status == 0
    assert "it is of the same first 300 leaves, seen by IT at 2026-06-01 12:00:02 UTC" in out
    status, out, _ = run(file, "--checkpoint", "forged")
    assert status == 1
    assert Path("forged").read_text().splitlines()[-1] in out


@pytest.mark.parametrize("file", ["proof.json", "log.jsonl", "growth.json", "answered.json"])
def test_the_witnesses_that_count_are_named_or_those_of_the_directory(run: Run, file: str) -> None:
    """Whoever else cosigned does not make it convincing; where nothing says who they are, it cannot be told."""
    Path("answered.json").write_text(json.dumps({"checkpoint": LOG.checkpoint(300), "entries": ENTRIES}))
    assert run(file)[0] == run(file, "--witness", "DE", "--witness", "fr", "--witness", "KE")[0] == 0
    for trusted in (["DE"], ["DE", "KE"]):
        status, out, _ = run(file, *(part for code in trusted for part in ("--witness", code)))
        assert status == 1
        assert "FAILED     witnesses: it takes 2 bureaus: cosigned by DE at" in out
        assert "FR: it is not a witness of this log" in out
    Path("home/directory.json").unlink()
    status, out, _ = run(file)
    assert status == 1
    assert "undecided  witnesses: cosigned by DE" in out
    assert "FAILED" not in out
    assert run(file, "--witness", "DE", "--witness", "FR")[0] == 0


def test_a_witness_that_is_no_bureau_is_wrong_usage(run: Run) -> None:
    """It exits 2, and says which."""
    status, _, error = run("proof.json", "--witness", "ZZ")
    assert (status, "--witness: unknown bureau 'ZZ'" in error) == (2, True)


def test_a_contradiction_is_checked_in_the_alarm_that_holds_it(run: Run) -> None:
    """It exits 0 if the log convicts itself."""
    Path("alarm.json").write_text(json.dumps({"fault": "altered", "proof": proof(said(FORGED)).decode()}))
    assert run("alarm.json")[0] == 0
    Path("alarm.json").write_text(json.dumps({"fault": "altered", "proof": proof(said(LOG)).decode()}))
    assert run("alarm.json")[0] == 1


@pytest.mark.parametrize("file", ["proof.json", "log.jsonl", "growth.json", "note"])
def test_a_forked_view_shown_to_two_bureaus_is_found(run: Run, file: str) -> None:
    """With any file in one's hands, by the checkpoint that another was shown."""
    Path("home/directory.json").write_text(directory_text(ENTRIES, ROOT))
    assert run(file)[0] == 0
    status, out, _ = run(file, "--checkpoint", "forged")
    assert status == 1
    assert "FAILED     other checkpoint 1: a split view: the log signed another tree of 300 leaves" in out


@pytest.mark.parametrize("file", ["proof.json", "log.jsonl", "growth.json", "answered.json"])
def test_what_cannot_be_compared_is_open_and_not_wrong(run: Run, file: str) -> None:
    """It exits 1, as it was not shown to fit; what to fetch is named, and what the file explains is told."""
    Path("answered.json").write_text(json.dumps({"checkpoint": LOG.checkpoint(300), "entries": ENTRIES}))
    Path("longer").write_text(Log([*LOG.leaves, leaf(300)]).checkpoint(301))
    Path("home/directory.json").write_text(directory_text(ENTRIES, ROOT))
    _, fits, _ = run(file)
    status, out, _ = run(file, "--checkpoint", "longer")
    assert status == 1
    [told] = [
        line for line in out.splitlines() if line.startswith("undecided  other checkpoint 1: it is of 301 leaves")
    ]
    assert "`i247 audit fetch notices" in told
    assert "FAILED" not in out
    assert out.splitlines()[-1].endswith(" checks are undecided, the others passed")
    assert out.splitlines()[0] == fits.splitlines()[0]


def test_a_doctored_log_exits_1(run: Run) -> None:
    """A leaf that was dropped, of a log that is read as a stream."""
    Path("log.jsonl").write_bytes(b"".join(LOG.lines(100)[:-1]))
    status, out, _ = run("log.jsonl")
    assert status == 1
    assert "FAILED     tree: 1 were dropped: 299 are here where 300 were signed" in out


def test_a_checkpoint_is_checked_with_the_directory_that_came_with_it_or_is_at_hand(run: Run) -> None:
    """A bare note brings no directory; what a log answers does."""
    Path("home/directory.json").unlink()
    status, out, _ = run("note")
    assert status == 1
    assert "no key of notices that the root vouches for" in out
    Path("answered.json").write_text(json.dumps({"checkpoint": LOG.checkpoint(300), "entries": ENTRIES}))
    assert run("answered.json", "--checkpoint", "note", "--witness", "DE", "--witness", "FR")[0] == 0


def test_what_is_no_file_of_a_log_does_not_fit(run: Run) -> None:
    """And is not taken for wrong usage: whoever was handed it wants to know."""
    for raw in (b"", b"\xff", b"{}", PROOF[:-3]):
        Path("file").write_bytes(raw)
        status, out, _ = run("file")
        assert status == 1
        assert out.startswith("FAILED     ")
        assert out.endswith("1 of 1 checks failed\n")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "the following arguments are required: FILE"),
        (("none.json",), "none.json cannot be read (No such file or directory)"),
        (("proof.json", "--checkpoint", "none"), "none cannot be read (No such file or directory)"),
        (("proof.json", "--checkpoint", "body"), "body has no checkpoint"),
        (("proof.json", "--answer", "headers"), "--answer and --body go together"),
        (("proof.json", "--body", "body"), "--answer and --body go together"),
        (
            ("log.jsonl", "--answer", "headers", "--body", "body"),
            "request and answer are verified with the proof of a leaf",
        ),
        (("note", "--answer", "headers", "--body", "body"), "request and answer are verified with the proof of a leaf"),
        (("log.jsonl", "--asked", "body"), "begins with a line such as"),
        (("proof.json", "--root", "body"), "body is neither a public key"),
    ],
)
def test_wrong_usage_is_one_sentence_and_exits_2(run: Run, arguments: tuple[str, ...], sentence: str) -> None:
    """What cannot be used is named, and is not taken for a log that does not fit."""
    status, out, errors = run(*arguments)
    assert (status, out) == (2, "")
    assert sentence in errors


def test_what_strangers_wrote_does_not_command_the_terminal(run: Run) -> None:
    """Control characters are shown as escapes, and a line stays in its place."""
    rude = Disclosure("notice", "\x1b[2J", 1, BureauCode("KE"), "read", 1.0, "a\nall checks passed")
    told = DisclosedRecord(rude, "\r", LEAF_SALT, record_digest(LEAF_SALT, rude, "\r"), tag(LIST_KEY, 1))
    digests = [bound(told.tag, told.digest)]
    commitment = commit(filler_secret(LEAF_SALT), digests)
    log = Log([leaf(0, officer="\x1b[2J\nall checks passed", records=commitment)])
    proof = log.proof(0, 1, records=opened([told], digests).records, complete=None)
    Path("rude.json").write_bytes(write_proof(proof))
    status, out, _ = run("rude.json")
    assert status == 0
    assert "\\x1b[2J\\nall checks passed" in out
    assert printable(out.replace("\n", " ")) == out.replace("\n", " ")


def test_of_records_that_are_not_told_it_is_said_that_there_may_be_some(run: Run) -> None:
    """Of others' records an owner does not learn whether there were any; who asked is told that some are forgotten."""
    told = opened(TOLD[:1]).records
    Path("own.json").write_bytes(write_proof(LOG.proof(7, 300, records=told, complete=None)))
    status, out, _ = run("own.json")
    assert status == 0
    assert out.splitlines()[2].startswith(
        "Only the bureau that asked and the General Secretariat see whether it showed"
    )
    complete = opened(TOLD[:1]).complete
    Path("asked.json").write_bytes(write_proof(LOG.proof(7, 300, records=told, complete=complete)))
    assert run("asked.json")[1].splitlines()[2] == "It showed 1 more that are not listed here."


class Gateway:
    """Answers as the gateway does, for a log of which it may hold back something, or tell something else."""

    def __init__(self, *, signed: int = 300, told: int = 300, log: Log = LOG) -> None:
        self.asked: list[str] = []
        self._signed = signed
        self._told = told
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
        # One of each hundred leaves is kept, and the last.
        size = asked["most"] // 100 * 100 if "most" in asked else self._signed
        signed = NEW if self._log is NEW and asked.get("log") != 0 else LOG
        return {"checkpoint": signed.checkpoint(size), "entries": ENTRIES} if size else {}

    def _logs(self, _: dict[str, int]) -> dict[str, Any]:
        return {"items": [{"log": 0, "opening": None}, {"log": 1, "opening": NEW.leaves[0].decode()}]}

    def _stretch(self, asked: dict[str, int]) -> dict[str, Any]:
        # A page may hold less than was asked for.
        first = asked["after"]
        end = min(first + min(asked["limit"], 70), self._told)
        items = [
            {
                "index": index,
                "hash": encode_base64url(self._log.hashes[index]),
                "leaf": self._log.leaves[index].decode(),
            }
            for index in range(first, end)
        ]
        return {"items": items, "next": end if end < self._told else None}

    def _list(self, asked: dict[str, int]) -> dict[str, Any]:
        """Return the list of a bureau of which no record was ever shown."""
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
        return write_log(log, Path("fetched.jsonl"))


def test_a_log_that_was_fetched_is_what_is_checked(run: Run) -> None:
    """Page by page, up to the checkpoint that was answered first, though the log grew since."""
    gateway = Gateway(signed=290)
    assert fetched(gateway) == (True, "290 of 290 leaves")
    assert [path.rpartition("/")[2] for path in gateway.asked].count("log") == 5
    status, out, _ = run("fetched.jsonl")
    assert status == 0
    assert out.startswith("The audit log of notices has 290 leaves")


def test_a_log_that_was_fetched_tells_in_which_part_of_it_something_was_changed(run: Run) -> None:
    """By checkpoints of before that are kept and came with it, each with its witnesses."""
    rewritten = Log([*LOG.leaves[:150], leaf(150, officer="de.another"), *LOG.leaves[151:]])
    fetched(Gateway(log=rewritten))
    status, out, _ = run("fetched.jsonl")
    assert status == 1
    assert (
        "FAILED     tree: leaves were rewritten, dropped or put in another order: at 100 or after, and before 200"
        in out
    )
    assert "ok         earlier checkpoint 1: it is of the same first 100 leaves, seen by DE at" in out


def test_a_log_that_tells_less_than_it_signed_is_written_and_does_not_fit(run: Run) -> None:
    """What is missing is evidence too."""
    assert fetched(Gateway(told=299)) == (False, "299 of 300 leaves")
    status, out, _ = run("fetched.jsonl")
    assert status == 1
    assert "1 were dropped" in out


def test_the_proof_that_a_log_goes_on_is_fetched_for_any_checkpoint(run: Run) -> None:
    """One that a bureau kept is enough to find out whether it was shown the same log."""
    with remote_log(Gateway()) as log:
        assert write_consistency(log, Path("grown.json"), LOG.checkpoint(100, by=["IT"])) == (
            True,
            "the proof that 100 leaves became 300",
        )
        status, out, _ = run("grown.json")
        assert status == 0
        assert "ok         consistency: the 300 leaves begin with the 100 of before, unchanged" in out
        write_consistency(log, Path("grown.json"), FORGED.checkpoint(100))
        assert "FAILED     consistency: the proof is not about this tree of 100 leaves" in run("grown.json")[1]


def test_a_log_that_was_opened_later_is_fetched_with_what_it_says_of_the_one_before(run: Run) -> None:
    """Checked after that one, it says that all which the first is kept of is there, and of more that it was lost."""
    assert fetched(Gateway(signed=60, told=60, log=NEW)) == (True, "60 of 60 leaves")
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


def test_how_a_retired_log_grew_is_proven_from_what_was_kept_of_it(run: Run) -> None:
    """Of a checkpoint of more leaves than are kept there is no proof, and that is said."""
    with remote_log(Gateway(signed=200, log=NEW)) as log:
        assert write_consistency(log, Path("grown.json"), LOG.checkpoint(100))[0]
        assert run("grown.json")[0] == 0
        with pytest.raises(Unfetched, match="of these 300 leaves of i247/notices the service shows only 200"):
            write_consistency(log, Path("grown.json"), LOG.checkpoint(300))


def test_a_checkpoint_of_another_log_has_no_proof(run: Run) -> None:
    """It is not asked for."""
    other = LOG.checkpoint(100).replace("i247/notices\n", "i247/fingerprints\n")
    with (
        remote_log(Gateway()) as log,
        pytest.raises(Unfetched, match="a checkpoint of i247/fingerprints, not of notices"),
    ):
        write_consistency(log, Path("grown.json"), other)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (httpx.Response(403, text="no"), "/api/notices/audit/checkpoint was answered 403: no"),
        (httpx.Response(200, text="no"), "/api/notices/audit/checkpoint has another form"),
        (httpx.Response(200, json={"checkpoint": "no"}), "no checkpoint of notices"),
    ],
)
def test_what_cannot_be_fetched_is_said(run: Run, answer: httpx.Response, sentence: str) -> None:
    """And nothing is written."""
    with pytest.raises(Unfetched, match=sentence):
        fetched(lambda _: answer)
    assert list(Path().glob("fetched*")) == []


def test_a_log_that_no_bureau_cosigned_yet_is_waited_for(run: Run) -> None:
    """As just after the start of a mesh."""
    gateway, asked = Gateway(), 0

    def young(request: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        return httpx.Response(404) if asked == 1 else gateway(request)

    assert fetched(young) == (True, "300 of 300 leaves")


def test_a_service_that_there_is_not_is_said(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """It is not waited for."""
    assert main(["audit", "fetch", "others", "--out", "fetched.jsonl"]) != 0
    assert "there is no service others: use one of notices," in capsys.readouterr().err


def test_no_part_of_a_log_is_taken_for_it(run: Run) -> None:
    """Where a page is none, nothing is left."""
    gateway = Gateway()

    def broken(request: httpx.Request) -> httpx.Response:
        answer = gateway(request)
        return answer if [path[-4:] for path in gateway.asked].count("/log") < 2 else httpx.Response(200, text="no")

    with pytest.raises(Unfetched, match="/api/notices/audit/log has another form"):
        fetched(broken)
    assert list(Path().glob("fetched*")) == []


def test_the_name_of_a_service_is_one_part_of_a_path(run: Run) -> None:
    """Whatever is asked for, it is under its own address."""
    gateway = Gateway()
    with pytest.raises(Unfetched, match="was answered 404"):
        fetched(gateway, "../notices")
    assert set(gateway.asked) == {"/api/..%2Fnotices/audit/checkpoint"}


def test_a_file_that_holds_no_checkpoint_is_wrong_usage(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """It is named before anything is asked."""
    assert main(["audit", "fetch", SERVICE, "--since", "body", "--out", "grown.json"]) == 2
    assert "body has no checkpoint" in capsys.readouterr().err
