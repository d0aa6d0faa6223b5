"""Which exchanges a sandbox keeps, for which bureau, and for how long."""

import json
import os
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import httpx
import pytest

from gateway.sandbox.exchanges import (
    ADDED_BYTES,
    ADDED_EXCHANGES,
    MAX_BYTES,
    MAX_EXCHANGES,
    MAX_WITHOUT_TOKEN,
    Exchange,
    Exchanges,
    KeptRefusal,
)
from shared.ids import uuid7
from tests.conftest import NOW
from tests.gateway.explain.conftest import SEARCH, Officer
from tests.gateway.mesh import Mesh

ABSENT: Final = "0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"


@pytest.mark.thorough
async def test_a_refused_token_reveals_nothing_of_what_was_asked(france: Officer, germany: Officer) -> None:
    """Nobody knows whose request it was, so all may see why it was refused, and not which record it was about."""
    answer = await france.ask("GET", f"/api/stolen-vehicles/{ABSENT}", headers={"Authorization": ""})
    explanation = await germany.explain(answer.json()["instance"])
    assert ABSENT not in json.dumps(explanation)
    assert explanation["says"].startswith("GET /api/stolen-vehicles was answered 401 unauthenticated: gateway, token: ")


@pytest.mark.thorough
async def test_a_request_without_a_token_hides_no_message_with_its_id(
    client: httpx.AsyncClient, mesh: Mesh, tmp_path: Path
) -> None:
    """A client may choose the id of a request, also that of a message which it saw in a log."""
    scopes = ("messages:read", "messages:write", "stolen-vehicles:read")
    france = Officer(client, mesh.bearer("FR", *scopes))
    draft = {"to": ["DE"], "subject": "A car", "body": "Seen at the border."}
    message = (await france.ask("POST", "/api/messages", json=draft)).json()["id"]
    exchanges = Exchanges(tmp_path / "exchanges")
    exchanges.keep(exchange_at(NOW, name=message, bureau=None))
    assert (await france.explain(message))["about"] == "message"
    kenya = Officer(client, mesh.bearer("KE", *scopes))
    assert (await kenya.explain(message))["about"] == "request"


def test_the_same_id_of_two_bureaus_is_of_two_exchanges(tmp_path: Path) -> None:
    """And of a third without a token, and of a message that one of them refused: none replaces another."""
    exchanges = Exchanges(tmp_path / "exchanges")
    kept = {each: exchange_at(NOW, name=ABSENT, bureau=each) for each in ("FR", "DE", None)}
    for exchange in kept.values():
        exchanges.keep(exchange)
    refusal = KeptRefusal(
        id=ABSENT, at=0, bureau="FR", sender="IT", signature="a..b", body=b"", key="", reason="purpose", detail=""
    )
    exchanges.keep_refusal(refusal)
    assert {each: exchanges.find(ABSENT, each) for each in kept} == kept
    assert exchanges.find_refusal(ABSENT, "FR") == refusal
    assert exchanges.find(ABSENT, "IT") is None


def test_an_exchange_is_kept_for_72_hours(tmp_path: Path) -> None:
    """It may name a person, as a search does, which is kept as long."""
    exchanges = Exchanges(tmp_path / "exchanges")
    exchanges.keep(exchange_at(NOW, name=ABSENT, bureau="FR"))
    [file] = (tmp_path / "exchanges").iterdir()
    for age, is_kept in ((71, True), (73, False)):
        os.utime(file, (time.time() - age * 3_600,) * 2)
        assert (exchanges.find(ABSENT, "FR") is not None) is is_kept
    # A process that starts deletes it with the first that it keeps.
    Exchanges(tmp_path / "exchanges").keep(exchange_at(NOW))
    assert not file.exists()


def test_requests_without_a_token_do_not_drive_out_those_of_bureaus(tmp_path: Path) -> None:
    """However many a client sends."""
    exchanges = Exchanges(tmp_path / "exchanges")
    first = exchange_at(NOW)
    exchanges.keep(first)
    sent = [exchange_at(NOW + timedelta(seconds=each), bureau=None) for each in range(MAX_EXCHANGES)]
    for each in sent:
        exchanges.keep(each)
    assert exchanges.find(first.id, "FR") == first
    assert exchanges.find(sent[-1].id, None) == sent[-1]
    assert len(list((tmp_path / "exchanges").iterdir())) <= 1 + MAX_WITHOUT_TOKEN + ADDED_EXCHANGES


def exchange_at(at: datetime, size: int = 0, *, name: str | None = None, bureau: str | None = "FR") -> Exchange:
    """Return an exchange of a bureau, whose problem has a size in bytes."""
    return Exchange(
        id=name or uuid7(at),
        at=at.timestamp(),
        method="GET",
        target=SEARCH,
        service="stolen-vehicles",
        bureau=bureau,
        officer="fr.officer",
        purpose="locate",
        status=400,
        problem=bytes(size),
        location="",
        request=None,
        reply=None,
    )


@pytest.mark.thorough
def test_the_oldest_exchanges_are_deleted(tmp_path: Path) -> None:
    """By their number, and by their bytes."""
    exchanges = Exchanges(tmp_path / "exchanges")
    kept = [exchange_at(NOW + timedelta(seconds=second)) for second in range(MAX_EXCHANGES + 2 * ADDED_EXCHANGES)]
    for each in kept:
        exchanges.keep(each)
    assert exchanges.find(kept[0].id, "FR") is None
    assert exchanges.find(kept[-1].id, "FR") == kept[-1]
    assert MAX_EXCHANGES <= len(list((tmp_path / "exchanges").iterdir())) < MAX_EXCHANGES + ADDED_EXCHANGES
    large = [exchange_at(NOW + timedelta(days=1, seconds=second), MAX_BYTES // 5) for second in range(6)]
    for each in large:
        exchanges.keep(each)
    assert sum(file.stat().st_size for file in (tmp_path / "exchanges").iterdir()) <= MAX_BYTES + 2 * ADDED_BYTES
    assert exchanges.find(large[-1].id, "FR") == large[-1]


def test_a_file_that_cannot_be_read_is_no_exchange(tmp_path: Path) -> None:
    """As one that another program wrote."""
    (tmp_path / f"{ABSENT}-FR.request.json").write_text("{}")
    assert Exchanges(tmp_path).find(ABSENT, "FR") is None
