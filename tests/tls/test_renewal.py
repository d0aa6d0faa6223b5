"""Certificates are renewed while the mesh runs: no process restarts, and no message is lost."""

import asyncio
import json
import shutil
import ssl
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from cryptography import x509

from shared.logs import Log
from shared.transport.nats.tls import (
    Certificate,
    another_certificate,
    connection_context,
    read_certificate,
    shown_certificate,
)
from shared.transport.tls_files import SERVER, TlsFiles
from tests.broker import NatsServer
from tests.certificates import FOR_CLIENTS, FOR_SERVERS, HERE, Authority, named
from tests.support import Noted
from tests.system.wire import PATIENCE


@pytest.fixture
def own_files(tls_server: NatsServer, tmp_path: Path) -> TlsFiles:
    """Return the files of all participants, which one test may change."""
    folder = tmp_path / "mine"
    shutil.copytree(tls_server.tls.ca.parent, folder)
    return TlsFiles(folder / "ca.pem", folder / "{participant}.pem", folder / "{participant}.key")


async def shown_by_server(server: NatsServer) -> int:
    """Return the serial number of the certificate that the server shows to a new client."""
    context = connection_context(server.tls.of("FR"))
    _, writer = await asyncio.open_connection("127.0.0.1", int(server.url.rpartition(":")[2]), ssl=context)
    line: ssl.SSLObject = writer.get_extra_info("ssl_object")
    shown = x509.load_der_x509_certificate(line.getpeercert(binary_form=True) or b"")
    writer.close()
    await asyncio.gather(writer.wait_closed(), return_exceptions=True)
    return shown.serial_number


@pytest.mark.thorough
async def test_a_reload_makes_the_server_show_its_new_certificate(tls_server: NatsServer, authority: Authority) -> None:
    """New clients get it; existing connections stay open."""
    france, before = await tls_server.connect("FR"), await shown_by_server(tls_server)
    authority.write(tls_server.tls.ca.parent, SERVER, HERE, usage=[FOR_SERVERS])
    tls_server.reconfigure(lambda text: text)
    assert await shown_by_server(tls_server) != before
    assert france.connections == 1
    assert france.connected
    await france.close()


@pytest.mark.thorough
async def test_a_participant_reconnects_with_its_new_certificate(
    tls_server: NatsServer, authority: Authority, own_files: TlsFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Soon after the file changes, long before the old one expires."""
    monkeypatch.setattr("shared.transport.nats.tls.POLL_SECONDS", 0.05)
    tls_server.tls, original = own_files, tls_server.tls
    france = await tls_server.connect("FR")
    authority.write(own_files.ca.parent, "FR", *named("FR"), usage=[FOR_CLIENTS])
    async with asyncio.timeout(PATIENCE):
        await france.reconnected(1)
    assert france._client._shown == read_certificate(own_files.of("FR").certificate.read_bytes())
    tls_server.tls = original
    await france.close()


@pytest.mark.thorough
async def test_a_participant_reconnects_once_for_each_new_certificate(
    tls_server: NatsServer, authority: Authority, own_files: TlsFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often it checks the files afterwards."""
    checks: asyncio.Queue[Path] = asyncio.Queue()

    def check(file: Path, participant: str) -> Certificate:
        checks.put_nowait(file)
        return shown_certificate(file, participant)

    monkeypatch.setattr("shared.transport.nats.tls.POLL_SECONDS", 0.5)
    monkeypatch.setattr("shared.transport.nats.tls.shown_certificate", check)
    tls_server.tls, original = own_files, tls_server.tls
    france = await tls_server.connect("FR")
    authority.write(own_files.ca.parent, "FR", *named("FR"), usage=[FOR_CLIENTS])
    async with asyncio.timeout(PATIENCE):
        await france.reconnected(1)
        for _ in range(checks.qsize() + 2):
            await checks.get()
    assert france.connections == 2
    tls_server.tls = original
    await france.close()


@pytest.mark.thorough
async def test_a_new_certificate_is_used_only_once_its_key_is_there(
    tls_server: NatsServer, authority: Authority, own_files: TlsFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files are written one after the other; the connection stays open meanwhile."""
    checked = asyncio.Event()
    monkeypatch.setattr("shared.transport.nats.tls.POLL_SECONDS", 0.05)
    tls_server.tls, original = own_files, tls_server.tls
    france = await tls_server.connect("FR")
    monkeypatch.setattr(
        france._client._log, "warning", lambda event, **_: event == "certificate-unusable" and checked.set()
    )
    new = authority.write(tmp_path / "new", "FR", *named("FR"), usage=[FOR_CLIENTS])
    new.certificate.rename(own_files.of("FR").certificate)
    async with asyncio.timeout(PATIENCE):
        await checked.wait()
        assert france.connections == 1
        new.key.rename(own_files.of("FR").key)
        await france.reconnected(1)
    tls_server.tls = original
    await france.close()


@pytest.mark.thorough
@pytest.mark.parametrize("begins_in", [timedelta(minutes=-5), timedelta(minutes=10)], ids=["foreign", "too-early"])
async def test_a_connection_is_kept_when_the_broker_would_refuse_the_new_certificate(
    tls_server: NatsServer,
    authority: Authority,
    own_files: TlsFiles,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    begins_in: timedelta,
) -> None:
    """One of an authority that it does not trust, or one that is not yet valid by its clock."""
    logged: asyncio.Queue[str] = asyncio.Queue()
    monkeypatch.setattr("shared.transport.nats.tls.POLL_SECONDS", 0.05)
    tls_server.tls, original = own_files, tls_server.tls
    france = await tls_server.connect("FR")
    monkeypatch.setattr(france._client._log, "warning", lambda event, **_: logged.put_nowait(event))
    issuing = authority if begins_in > timedelta(0) else Authority()
    new = issuing.write(tmp_path / "new", "FR", *named("FR"), usage=[FOR_CLIENTS], begins_in=begins_in)
    new.key.rename(own_files.of("FR").key)
    new.certificate.rename(own_files.of("FR").certificate)
    async with asyncio.timeout(PATIENCE):
        # It may also have checked between the writing of the two files.
        assert {await logged.get() for _ in range(3)} == {"certificate-unusable"}
    assert (france.connections, france.connected) == (1, True)
    authority.write(own_files.ca.parent, "FR", *named("FR"), usage=[FOR_CLIENTS])
    async with asyncio.timeout(PATIENCE):
        await france.reconnected(1)
    tls_server.tls = original
    await france.close()


@pytest.mark.parametrize(("minutes", "warnings"), [(60, 0), (1, 1)])
async def test_an_expiring_certificate_is_logged_as_a_warning(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, minutes: int, warnings: int
) -> None:
    """Once a day, in the last quarter of its validity, until it is replaced; each was issued five minutes ago."""
    monkeypatch.setattr("shared.transport.nats.tls.POLL_SECONDS", 0.01)
    written = BytesIO()
    files = authority.write(tmp_path, "FR", *named("FR"), ends_in=timedelta(minutes=minutes))
    shown = read_certificate(files.certificate.read_bytes())

    async def accepted() -> None:
        """Accept any certificate, as the broker would."""

    checked = Noted()

    def check() -> Certificate | None:
        checked.note()
        return shown

    waiting = asyncio.create_task(another_certificate(files, "FR", check, accepted, Log("test", stream=written)))
    await checked.more(5)
    authority.write(tmp_path, "FR", *named("FR"))
    async with asyncio.timeout(PATIENCE):
        await waiting
    events = [json.loads(line)["event"] for line in written.getvalue().splitlines()]
    assert events == ["certificate-ends"] * warnings + ["certificate-renewed"]


@pytest.mark.thorough
async def test_a_participant_disconnected_by_expiry_reconnects_with_the_next_certificate(
    tls_server: NatsServer, authority: Authority, own_files: TlsFiles
) -> None:
    """It reads the file at each attempt."""
    authority.write(own_files.ca.parent, "FR", *named("FR"), usage=[FOR_CLIENTS], ends_in=timedelta(seconds=3))
    tls_server.tls, original = own_files, tls_server.tls
    france = await tls_server.connect("FR")
    async with asyncio.timeout(2 * PATIENCE):
        while france.connected:  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0.02)
        authority.write(own_files.ca.parent, "FR", *named("FR"), usage=[FOR_CLIENTS])
        await france.reconnected(1)
    tls_server.tls = original
    await france.close()
