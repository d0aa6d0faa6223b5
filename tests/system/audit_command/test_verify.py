"""`i247 audit verify` checks files: it needs neither a mesh nor the network."""

import json
from pathlib import Path

import pytest

from deploy.state.printable import printable
from shared.audit.format.commitment import commit
from shared.audit.format.leaf import filler_secret, record_digest
from shared.audit.format.lists import bound, tag
from shared.audit.format.proof_file import write_proof
from shared.audit.opening import DisclosedRecord
from shared.bureaus import BureauCode
from shared.disclosure import Disclosure
from shared.protocol.directory import Directory
from tests.shared.audit.contradictions import proof, said
from tests.shared.audit.notices_log import (
    ENTRIES,
    FORGED,
    LEAF_SALT,
    LIST_KEY,
    LOG,
    PROOF,
    ROOT,
    TOLD,
    Log,
    answer_to,
    entry_of,
    leaf,
    opened,
)
from tests.shared.directories import directory_text
from tests.system.offline_commands import Run


def test_a_genuine_proof_is_explained_and_exits_0(run: Run) -> None:
    """The output states who was shown which record and why, one line for each check, and that all checks passed."""
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


def test_a_saved_explanation_is_verified_by_the_proof_in_it(run: Run) -> None:
    """The proof need not be taken out of the answer that was saved."""
    Path("explanation.json").write_text(json.dumps({"index": 7, "proof": PROOF.decode(), "witnesses": ["DE", "FR"]}))
    assert run("explanation.json", "--answer", "headers", "--body", "body")[0] == 0
    assert run("note", "--checkpoint", "explanation.json")[0] == 0
    Path("explanation.json").write_text(json.dumps({"index": 7, "proof": PROOF.decode().replace("0.9", "1.0")}))
    assert run("explanation.json")[0] == 1


def test_a_forged_proof_fails_and_exits_1(run: Run) -> None:
    """What is not proven is not explained."""
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
def test_a_request_in_http_form_is_checked_against_the_leaf(run: Run, request_file: str, fits: bool) -> None:
    """Request line, headers, body; of the headers only the content type is signed, and the HTTP version is not."""
    Path("asked").write_text(request_file)
    status, out, _ = run("proof.json", "--asked", "asked")
    assert (status, "ok         query: it is what was asked" in out) == ((0, True) if fits else (1, False))


@pytest.mark.parametrize("text", ["", "GET", "\n\n", "notices", "GET http://a/notices"])
def test_a_file_without_a_request_is_wrong_usage(run: Run, text: str) -> None:
    """The error shows what a request looks like."""
    Path("asked").write_text(text)
    status, _, errors = run("proof.json", "--asked", "asked")
    assert (status, "begins with a line such as `GET /api/notices`" in errors) == (2, True)


def test_the_signature_of_an_answer_is_accepted_without_other_headers(run: Run) -> None:
    """The signature of another answer fails."""
    Path("headers").write_text(answer_to(7).signature + "\n")
    assert run("proof.json", "--answer", "headers", "--body", "body")[0] == 0
    Path("headers").write_text(answer_to(8).signature)
    status, out, _ = run("proof.json", "--answer", "headers", "--body", "body")
    assert status == 1
    assert "FAILED     answer: the leaf is about another answer" in out


def test_a_genuine_log_is_summarised_and_exits_0(run: Run) -> None:
    """The summary states its service, its length, how many leaves are readable, and who cosigned it."""
    status, out, _ = run("log.jsonl", "--checkpoint", "note", "--checkpoint", "proof.json")
    assert status == 0
    assert out.startswith("The audit log of notices has 300 leaves, with 300 texts. Seen by DE at 2026-06-01 ")
    assert "ok         other checkpoint 2: it is of the same first 300 leaves" in out


@pytest.mark.parametrize("file", ["proof.json", "log.jsonl", "growth.json", "note"])
def test_cosigners_of_a_bare_checkpoint_are_found_in_the_local_directory(run: Run, file: str) -> None:
    """Of the same log or of a forged one: their signature is a part of the evidence against the log."""
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
def test_witnesses_are_those_named_or_those_of_the_directory(run: Run, file: str) -> None:
    """Other cosignatures do not count; where nothing says who the witnesses are, the check is undecided."""
    Path("answered.json").write_text(json.dumps({"checkpoint": LOG.checkpoint(300), "entries": ENTRIES}))
    assert run(file)[0] == run(file, "--witness", "DE", "--witness", "fr", "--witness", "KE")[0] == 0
    for trusted in (["DE"], ["DE", "KE"]):
        status, out, _ = run(file, *(part for code in trusted for part in ("--witness", code)))
        assert status == 1
        assert "FAILED     witnesses: needs cosignatures of 2 bureaus and has only that of DE at" in out
        assert "FR: it is not a witness of this log" in out
    Path("home/directory.json").unlink()
    status, out, _ = run(file)
    assert status == 1
    assert "undecided  witnesses: cosigned by DE" in out
    assert "FAILED" not in out
    assert run(file, "--witness", "DE", "--witness", "FR")[0] == 0


def test_an_unknown_bureau_as_witness_is_wrong_usage(run: Run) -> None:
    """The command exits 2 and names it."""
    status, _, error = run("proof.json", "--witness", "ZZ")
    assert (status, "--witness: unknown bureau 'ZZ'" in error) == (2, True)


def test_a_contradiction_in_an_alarm_is_verified(run: Run) -> None:
    """The command exits 0 if the contradiction proves that the log is inconsistent."""
    Path("alarm.json").write_text(json.dumps({"fault": "altered", "proof": proof(said(FORGED)).decode()}))
    assert run("alarm.json")[0] == 0
    Path("alarm.json").write_text(json.dumps({"fault": "altered", "proof": proof(said(LOG)).decode()}))
    assert run("alarm.json")[0] == 1


@pytest.mark.parametrize("file", ["proof.json", "log.jsonl", "growth.json", "note"])
def test_a_split_view_is_detected(run: Run, file: str) -> None:
    """By any file and the checkpoint that another bureau was shown."""
    Path("home/directory.json").write_text(directory_text(ENTRIES, ROOT))
    assert run(file)[0] == 0
    status, out, _ = run(file, "--checkpoint", "forged")
    assert status == 1
    assert "FAILED     other checkpoint 1: a split view: the log signed another tree of 300 leaves" in out


@pytest.mark.parametrize("file", ["proof.json", "log.jsonl", "growth.json", "answered.json"])
def test_a_checkpoint_that_cannot_be_compared_is_undecided(run: Run, file: str) -> None:
    """The command exits 1, names what to fetch, and still explains the file."""
    Path("answered.json").write_text(json.dumps({"checkpoint": LOG.checkpoint(300), "entries": ENTRIES}))
    Path("longer").write_text(Log([*LOG.leaves, leaf(300)]).checkpoint(301))
    Path("home/directory.json").write_text(directory_text(ENTRIES, ROOT))
    _, fits, _ = run(file)
    status, out, _ = run(file, "--checkpoint", "longer")
    assert status == 1
    [shown] = [
        line for line in out.splitlines() if line.startswith("undecided  other checkpoint 1: it is of 301 leaves")
    ]
    assert "`i247 audit fetch notices" in shown
    assert "FAILED" not in out
    assert out.splitlines()[-1].endswith(" checks are undecided, the others passed")
    assert out.splitlines()[0] == fits.splitlines()[0]


def test_a_log_with_a_dropped_leaf_exits_1(run: Run) -> None:
    """Also though the log is read as a stream."""
    Path("log.jsonl").write_bytes(b"".join(LOG.lines(100)[:-1]))
    status, out, _ = run("log.jsonl")
    assert status == 1
    assert "FAILED     tree: 1 were dropped: 299 are here where 300 were signed" in out


def test_a_checkpoint_is_verified_with_its_own_or_the_local_directory(run: Run) -> None:
    """A bare note brings no directory; the answer of a log does."""
    Path("home/directory.json").unlink()
    status, out, _ = run("note")
    assert status == 1
    assert "no key of notices that the root vouches for" in out
    Path("answered.json").write_text(json.dumps({"checkpoint": LOG.checkpoint(300), "entries": ENTRIES}))
    assert run("answered.json", "--checkpoint", "note", "--witness", "DE", "--witness", "FR")[0] == 0


def test_a_file_that_is_no_proof_fails_and_exits_1(run: Run) -> None:
    """It is not wrong usage: its recipient wants to know whether it proves anything."""
    for raw in (b"", b"\xff", b"{}", PROOF[:-3]):
        Path("file").write_bytes(raw)
        status, out, _ = run("file")
        assert status == 1
        assert out.startswith("FAILED     ")
        assert out.endswith("1 of 1 checks failed\n")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "give FILE"),
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
def test_wrong_usage_prints_one_sentence_and_exits_2(run: Run, arguments: tuple[str, ...], sentence: str) -> None:
    """The sentence names the argument; the log is not reported as wrong."""
    status, out, errors = run(*arguments)
    assert (status, out) == (2, "")
    assert sentence in errors


def test_control_characters_of_a_proof_are_escaped(run: Run) -> None:
    """A text cannot leave its line or control the terminal."""
    rude = Disclosure("notice", "\x1b[2J", 1, BureauCode("KE"), "read", 1.0, "a\nall checks passed")
    shown = DisclosedRecord(rude, "\r", LEAF_SALT, record_digest(LEAF_SALT, rude, "\r"), tag(LIST_KEY, 1))
    digests = [bound(shown.tag, shown.digest)]
    commitment = commit(filler_secret(LEAF_SALT), digests)
    log = Log([leaf(0, officer="\x1b[2J\nall checks passed", records=commitment)])
    proof = log.proof(0, 1, records=opened([shown], digests).records, complete=None)
    Path("rude.json").write_bytes(write_proof(proof))
    status, out, _ = run("rude.json")
    assert status == 0
    assert "\\x1b[2J\\nall checks passed" in out
    assert printable(out.replace("\n", " ")) == out.replace("\n", " ")


def test_records_that_are_not_listed_are_mentioned(run: Run) -> None:
    """An owner does not learn whether others' records were shown; the requester learns how many are not listed."""
    shown = opened(TOLD[:1]).records
    Path("own.json").write_bytes(write_proof(LOG.proof(7, 300, records=shown, complete=None)))
    status, out, _ = run("own.json")
    assert status == 0
    assert out.splitlines()[2].startswith(
        "Only the bureau that asked and the General Secretariat see whether it showed"
    )
    complete = opened(TOLD[:1]).complete
    Path("asked.json").write_bytes(write_proof(LOG.proof(7, 300, records=shown, complete=complete)))
    assert run("asked.json")[1].splitlines()[2] == "It showed 1 more that are not listed here."
