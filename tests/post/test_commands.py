"""The commands of a post: their exit statuses, what they print, and what they say of mistakes. No mesh runs."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from deploy.cli import main
from deploy.commands import command_line
from deploy.mesh.listening import listen
from deploy.state.settings import Settings
from services.stolen_vehicles import SERVICE
from shared.clock import FixedClock
from shared.crypto.ed25519 import encode_base64url
from shared.fieldpack.post_key import PostKey, read_public
from shared.service import Context
from tests.conftest import store_of
from tests.post.border import Border, network, post_key
from tests.services.stolen_vehicles.entries import enter
from tests.shared.directories import ROOT
from tests.support import ServiceClient

PASSPHRASE = "a long passphrase"
OFFICER = ("--officer", "DE 4711")
KNOWN = ("--plate", "fz 512-kl", "--country", "IT")
Run = Callable[..., tuple[int, list[dict[str, Any]], str]]


@pytest.fixture
def packs(tmp_path: Path) -> dict[str, Path]:
    """Return a pack of a post, a differential after it, and a pack that has expired, as a bureau made them."""

    async def make() -> dict[str, Path]:
        now = datetime.now(UTC)
        clock, book = FixedClock(now - timedelta(hours=2)), network(now.timestamp())
        async with store_of(SERVICE, f"sqlite:///{tmp_path / 'store.db'}") as database:
            app = SERVICE.create_app(Context(database, clock, directory=book))
            border = Border(ServiceClient(SERVICE, app), book, clock, tmp_path)
            terms = {"handling": "RESTRICTED", "conditions": ["H1", "H3"], "other_condition": "ask first"}
            await enter(border.service, theft_date=f"{now - timedelta(days=2):%Y-%m-%d}", **terms)
            made = {"expired": await border.make("expired.pack", hours=1), "whole": await border.make("whole.pack")}
            made["next"] = await border.make("next.pack", is_differential=True)
            border.key.save(border.folder.key, PASSPHRASE, memory=64, passes=1)
            return made

    return asyncio.run(make())


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs an action of the post, and returns its status, its objects and its errors."""
    monkeypatch.setenv("I247_HOME", str(tmp_path / "home"))
    passphrase = tmp_path / "passphrase"
    passphrase.write_text(PASSPHRASE)

    def run_action(
        action: str, *options: object, folder: str = "post", in_words: bool = False
    ) -> tuple[int, list[dict[str, Any]], str]:
        capsys.readouterr()
        of_post = ("--folder", str(tmp_path / folder), "--passphrase-file", str(passphrase))
        status = main(["fieldpack", action, *map(str, options), *of_post, *([] if in_words else ["--json"])])
        printed = capsys.readouterr()
        lines = printed.out.splitlines()
        return status, [{"message": line} if in_words else json.loads(line) for line in lines], printed.err

    return run_action


@pytest.mark.thorough
def test_a_check_says_by_its_status_what_it_found(packs: dict[str, Path], run: Run) -> None:
    """0 for a hit, 1 for none, 2 for a wrong command, 3 if the post cannot answer."""
    assert run("check", *KNOWN, *OFFICER)[0] == 3
    assert run("update", packs["whole"])[0] == 0
    status, [answer], _ = run("check", *KNOWN, *OFFICER)
    assert (status, answer["total"], answer["number"]) == (0, 1, 2)
    assert answer["hits"][0]["record"]["plate"] == "FZ 512 KL"
    assert 2 <= answer["age_hours"] < 3
    assert run("check", "--plate", "ZZ 999", "--country", "IT", *OFFICER)[0] == 1
    assert run("check", "--country", "IT", *OFFICER)[0] == 2
    assert run("check", *KNOWN, *OFFICER, "--purpose", "curiosity")[0] == 2
    assert run("check", *KNOWN, "--year-min", "old", *OFFICER)[0] == 2


@pytest.mark.thorough
def test_an_update_says_what_was_applied_or_why_not(packs: dict[str, Path], run: Run) -> None:
    """A pack that has expired, or does not follow, is named."""
    assert "nothing was installed: " in run("update", packs["expired"])[2]
    assert f"{packs['expired']} expired at " in run("update", packs["expired"])[2]
    assert "it follows field copy 2, and this post has none" in run("update", packs["next"])[2]
    status, applied, _ = run("update", packs["whole"], packs["next"])
    assert (status, [each["number"] for each in applied]) == (0, [2, 3])
    status, lines, _ = run("info")
    assert (status, [line["number"] for line in lines[1:]]) == (0, [2, 3])
    status, _, error = run("update", packs["next"])
    assert (status, "has no field pack" in error) == (3, False)
    assert f"nothing was installed: {packs['next']}: this post has it already" in error
    assert len(lines[0]["fingerprint"].split()) == 8


@pytest.mark.thorough
def test_what_was_done_is_written_for_the_bureau(packs: dict[str, Path], run: Run, tmp_path: Path) -> None:
    """With the number of the searches that it has."""
    run("update", packs["whole"])
    run("check", *KNOWN, *OFFICER)
    out = tmp_path / "hand-in.json"
    _, [said], _ = run("hand-in", "--out", out)
    assert (said["searches"], said["applied"]) == (1, 1)
    assert said["message"].startswith(f"wrote {out}: 1 search, 1 pack applied;")
    assert out.stat().st_mode & 0o777 == 0o600
    _, [said], _ = run("hand-in", "--out", tmp_path / "second.json", "--after", 1)
    assert (said["searches"], "0 searches, 1 pack applied" in said["message"]) == (0, True)
    secret = tmp_path / "passphrase"
    status, _, error = run("hand-in", "--out", secret)
    assert (status, secret.read_text()) == (2, PASSPHRASE)
    assert f"{secret} exists, and is not overwritten" in error
    assert run("hand-in", "--out", tmp_path / "missing" / "x")[0] == 1


def test_a_file_is_verified_whole(
    packs: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], run: Run
) -> None:
    """With the root key alone: status 1 if a byte was altered."""
    root = ("--root", encode_base64url(ROOT.public.raw))
    assert run("info", packs["whole"], *root)[0] == 0
    raw = bytearray(packs["whole"].read_bytes())
    raw[10] ^= 1
    (tmp_path / "altered").write_bytes(raw)
    status, [said], _ = run("info", tmp_path / "altered", *root)
    assert (status, said["message"]) == (1, "block 0 was altered")
    assert run("info", tmp_path / "none", *root)[0] == 2
    assert main(["fieldpack", "info", str(packs["whole"]), *root]) == 0
    words = capsys.readouterr().out
    assert "field copy 2 of DE, pack for DE-Kiefersfelden: 1 record, 1 in all" in words


@pytest.mark.thorough
def test_a_whole_pack_is_made_only_for_a_key_whose_fingerprint_was_compared(
    packs: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], run: Run
) -> None:
    """As the post says it, in any writing; and only for a post of the bureau."""
    [said, *_] = run("info")[1] or [{}]
    public = tmp_path / "post" / "post.pub"

    def make(bureau: str, *fingerprint: str) -> tuple[int, str]:
        status = main(["fieldpack", "make", bureau, "--post", str(public), "--out", "x", *fingerprint])
        return status, capsys.readouterr().err

    assert said["fingerprint"] == read_public(public.read_bytes()).fingerprint
    other = post_key().public.fingerprint
    assert make("DE")[0] == 2
    assert "state --fingerprint" in make("DE")[1]
    assert "another fingerprint" in make("DE", "--fingerprint", other)[1]
    assert "is the key of a post of DE, not of PL" in make("PL", "--fingerprint", said["fingerprint"])[1]
    status, error = make("DE", "--fingerprint", said["fingerprint"].upper().replace(" ", ""))
    assert (status, "fingerprint" in error) == (3, False)
    for differential in (("--differential",), ("--after", "2")):
        status, error = make("DE", *differential)
        assert (status, "fingerprint" in error) == (3, False)


def test_a_proof_is_not_written_over_a_file(packs: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    """Which is noticed before anything is asked for."""
    options = ("--owner", "IT", "--holder", "DE", "--copy", "1", "--out", str(packs["next"]))
    before = packs["next"].read_bytes()
    assert main(["fieldpack", "prove", "0197a3c2-5b1e-7c3a-9f20-4d5e6f708192", *options]) == 2
    assert "is not overwritten" in capsys.readouterr().err
    assert packs["next"].read_bytes() == before


def test_an_answer_says_what_binds_those_who_read_it(packs: dict[str, Path], run: Run) -> None:
    """Its handling and its conditions, in words as well as in JSON."""
    run("update", packs["whole"])
    assert run("check", *KNOWN, *OFFICER)[1][0]["hits"][0]["record"]["conditions"] == ["H1", "H3"]
    _, [_, hit], _ = run("check", *KNOWN, *OFFICER, in_words=True)
    assert "FZ 512 KL, ZAR 937000 05123456; RESTRICTED, H1, H3, ask first; score 1:" in hit["message"]


@pytest.mark.thorough
def test_a_server_on_a_port_in_use_says_how_to_free_it(
    packs: dict[str, Path], run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    """And nothing that reads as if it answered; its own port is none of a mesh."""
    run("update", packs["whole"])
    with listen("127.0.0.1", 0) as busy:
        port = busy.getsockname()[1]
        status, printed, error = run("serve", "--port", port)
    assert (status, printed) == (3, [])
    assert f"port {port} of 127.0.0.1 cannot be used" in error
    assert "stop it, or set --port to another port" in error
    with pytest.raises(SystemExit):
        main(["fieldpack", "serve", "--port", "65536"])
    assert "must be at most 65535" in capsys.readouterr().err
    settings = Settings()
    assert command_line().parse_args(["fieldpack", "serve"]).port not in {settings.port, *settings.nats_ports}


@pytest.mark.thorough
def test_an_officer_is_named_in_one_line_of_text(packs: dict[str, Path], run: Run) -> None:
    """No control character is logged or handed in, and no name that the log could not be read with."""
    run("update", packs["whole"])
    for officer in ("DE\x1b[2J", "DE\n1", "D" * 256, ""):
        status, _, error = run("check", *KNOWN, "--officer", officer)
        assert (status, "name" in error) == (2, True)
    assert run("check", *KNOWN, *OFFICER)[0] == 0


def test_a_wrong_passphrase_opens_nothing(packs: dict[str, Path], run: Run, tmp_path: Path) -> None:
    """And says nothing of the right one."""
    run("update", packs["whole"])
    (tmp_path / "passphrase").write_text("another passphrase")
    status, _, error = run("check", *KNOWN, *OFFICER)
    assert status == 3
    assert "cannot be opened with this passphrase" in error


@pytest.mark.thorough
def test_a_post_has_one_key(run: Run, tmp_path: Path) -> None:
    """Its public part is for the bureau, with a fingerprint; a second one in its place is refused."""
    root = ("--root", encode_base64url(ROOT.public.raw))
    status, [made], _ = run("key", "DE", "DE-Waidhaus", *root, folder="other")
    assert (status, made["post"]) == (0, "DE-Waidhaus")
    assert len(made["fingerprint"].split()) == 8
    opened = PostKey.load(tmp_path / "other" / "post.key", PASSPHRASE)
    assert opened.public.fingerprint == made["fingerprint"]
    assert run("key", "DE", "DE-Waidhaus", *root, folder="other")[0] == 3
    (tmp_path / "other" / "post.key").unlink()
    assert run("key", "DE", "DE-Waidhaus", *root, folder="other")[0] == 3
    status, _, error = run("key", "XX", "DE-Waidhaus", *root, folder="third")
    assert (status, "'XX' is no bureau" in error) == (2, True)
    assert run("key", "DE", "name with spaces", *root, folder="third")[0] == 2
    (tmp_path / "passphrase").write_text("short")
    assert run("key", "DE", "DE-1", *root, folder="third")[0] == 2
    assert not (tmp_path / "third" / "post.key").exists()
