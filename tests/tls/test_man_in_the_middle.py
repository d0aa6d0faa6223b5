"""Whoever stands in the place of the broker hears nothing but how a TLS handshake begins, and is called by its name."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import nkeys
import pytest
from cryptography import x509

from shared.logs import Log
from shared.transport import Disconnected
from shared.transport.nats import Broker, NatsTransport
from shared.transport.tls_files import TlsFiles
from tests.broker import NatsServer
from tests.certificates import FOR_CLIENTS, FOR_SERVERS, HERE, Authority, named
from tests.system.wire import NOT_ADMITTED, PATIENCE
from tests.tls.impostor import Impostor, greeting, serving
from tests.tls.wire import greeted

SEED = nkeys.encode_seed(bytes(32), nkeys.PREFIX_BYTE_USER).decode()
NO_TLS = "it does not begin with TLS: it is not the broker, or its nats-server.conf lacks `handshake_first: true`"
FOREIGN = r"its certificate is refused: .* \(it is not from the authority in I247_NATS_CA\)"
HANDSHAKE_RECORD = b"\x16\x03"


@pytest.fixture
def france(authority: Authority, tmp_path: Path) -> TlsFiles:
    """Return the certificate of FR, and the authority that it trusts."""
    return authority.write(tmp_path / "fr", "FR", *named("FR"), usage=[FOR_CLIENTS])


async def connect(files: TlsFiles, url: str) -> NatsTransport:
    """Connect as FR."""
    return await NatsTransport.connect(Broker(url, files), "FR", lambda: SEED, Log("FR", level="error"))


@contextmanager
def told(impostor: Impostor, reason: str) -> Iterator[None]:
    """Expect that FR says in one sentence what is wrong with the broker."""
    with pytest.raises(Disconnected, match=f"^no connection to the broker at {impostor.url} as FR: {reason}$"):
        yield


def assert_nothing_said(impostor: Impostor) -> None:
    """Check that what came is how a handshake begins, and nothing of NATS or of who connects."""
    assert impostor.heard.startswith(HANDSHAKE_RECORD)
    assert not impostor.opened
    for own in (b"CONNECT", b"PING", b"nkey", b'"sig"', b'"FR"', b"fr.i247", b"_INBOX"):
        assert own not in impostor.heard[len(HANDSHAKE_RECORD) :].replace(b"\r\n", b"")


@pytest.mark.parametrize("tls_required", [False, True])
async def test_what_is_said_in_the_clear_decides_nothing(france: TlsFiles, tls_required: bool) -> None:
    """A plain listener gets no signature, whether it says that TLS is needed or not."""
    async with Impostor(greeting(tls_required=tls_required)).at_work() as impostor:
        with told(impostor, NO_TLS):
            await connect(france, impostor.url)
        await impostor.visited.wait()
    assert_nothing_said(impostor)


@pytest.mark.parametrize("trusted", [False, True])
async def test_a_greeting_before_tls_is_refused_whatever_follows(
    france: TlsFiles,
    authority: Authority,
    tmp_path: Path,
    trusted: bool,
) -> None:
    """The certificate after it may be that of another authority, or be passed on from the broker itself."""
    files = (authority if trusted else Authority()).write(tmp_path / "other", "other", HERE)
    async with Impostor(greeting(tls_required=True), serving(files), greeting()).at_work() as impostor:
        with told(impostor, NO_TLS):
            await connect(france, impostor.url)
        await impostor.visited.wait()
    assert_nothing_said(impostor)


async def test_a_certificate_of_another_authority_is_refused(france: TlsFiles, tmp_path: Path) -> None:
    """One that every browser may trust is none that FR trusts."""
    files = Authority().write(tmp_path / "other", "other", HERE, usage=[FOR_SERVERS])
    async with Impostor(tls=serving(files), inside=greeting()).at_work() as impostor:
        with told(impostor, FOREIGN):
            await connect(france, impostor.url)
        await impostor.visited.wait()
    assert_nothing_said(impostor)


@pytest.mark.parametrize(
    ("shown", "why"),
    [
        (([x509.DNSName("localhost")], FOR_SERVERS, 60), "IP address mismatch, .* not valid for '127.0.0.1'."),
        (([], FOR_SERVERS, 60), "IP address mismatch, .* not valid for '127.0.0.1'."),
        (([HERE], FOR_SERVERS, -60), "certificate has expired"),
        (([HERE, *named("DE")], FOR_CLIENTS, 60), "unsuitable certificate purpose"),
    ],
    ids=["name", "no-name", "expired", "participant"],
)
async def test_a_certificate_of_the_right_authority_must_be_that_of_the_broker_and_in_force(
    france: TlsFiles,
    authority: Authority,
    tmp_path: Path,
    shown: tuple[list[x509.GeneralName], x509.ObjectIdentifier, int],
    why: str,
) -> None:
    """Of its name, of now, and for a server: what DE connects with does not make DE the broker."""
    names, usage, ends_in = shown
    files = authority.write(tmp_path / "other", "other", *names, usage=[usage], ends_in=timedelta(seconds=ends_in))
    async with Impostor(tls=serving(files), inside=greeting()).at_work() as impostor:
        with told(impostor, f"its certificate is refused: {why}"):
            await connect(france, impostor.url)
        await impostor.visited.wait()
    assert_nothing_said(impostor)


async def test_an_older_tls_is_refused(france: TlsFiles, authority: Authority, tmp_path: Path) -> None:
    """There the certificate of who connects, and so its name, is sent in the clear."""
    files = authority.write(tmp_path / "other", "other", HERE, usage=[FOR_SERVERS])
    tls = serving(files, at_most=ssl.TLSVersion.TLSv1_2)
    async with Impostor(tls=tls, inside=greeting()).at_work() as impostor:
        with told(impostor, ".*protocol version.*"):
            await connect(france, impostor.url)
        await impostor.visited.wait()
    assert_nothing_said(impostor)


async def test_a_server_that_names_others_leads_nobody_there(
    france: TlsFiles, authority: Authority, tmp_path: Path
) -> None:
    """The broker itself may be told to: FR goes where its settings say, again and again, and nowhere else."""
    files = authority.write(tmp_path / "other", "other", HERE, usage=[FOR_SERVERS])
    async with Impostor(greeting()).at_work() as elsewhere:
        named_there = greeting(connect_urls=[f"127.0.0.1:{elsewhere.port}"], tls_required=False)
        async with Impostor(tls=serving(files), inside=named_there).at_work() as broker:
            broker.answer = let_in
            transport = await connect(france, broker.url)
            try:
                async with asyncio.timeout(PATIENCE):
                    for times in range(1, 4):
                        broker.hang_up()
                        await transport.reconnected(times)
            finally:
                await transport.close()
    assert b"CONNECT" in broker.opened
    assert (elsewhere.heard, elsewhere.visited.is_set()) == (b"", False)


async def let_in(said: bytes) -> bytes:
    """Return what a server says to one that it lets in."""
    return b"PONG\r\n" if b"PING" in said else b""


async def test_who_speaks_in_the_clear_to_a_server_that_does_not_is_told_what_to_set(
    tls_server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server waits for TLS and says nothing, which says nothing to whoever forgot the settings."""
    monkeypatch.setattr("shared.transport.nats.client.FIRST_CONNECT_SECONDS", 5)
    seed = tls_server.seed("FR")
    with pytest.raises(Disconnected, match="set I247_NATS_CA, and I247_NATS_URL to tls://"):
        await NatsTransport.connect(Broker(tls_server.url.replace("tls", "nats")), "FR", lambda: seed, Log("FR"))


async def test_a_plain_listener_in_the_place_of_a_broker_that_died_hears_nothing(tls_server: NatsServer) -> None:
    """Also when the connection is lost, TLS comes first; FR is back when the broker is."""
    france = await tls_server.connect("FR")
    plain = Impostor(greeting(tls_required=False))
    plain.port = int(tls_server.url.rpartition(":")[2])
    tls_server.kill()
    async with plain.at_work(), asyncio.timeout(PATIENCE):
        await plain.visited.wait()
    assert_nothing_said(plain)
    tls_server.start()
    async with asyncio.timeout(2 * PATIENCE):
        await france.reconnected(1)
    await france.close()


async def test_a_signature_passed_on_to_another_server_opens_nothing(
    tls_server: NatsServer, authority: Authority, tmp_path: Path
) -> None:
    """A server that FR trusts hands it the nonce of another: there it takes the certificate of FR as well."""
    files = authority.write(tmp_path / "other", "other", HERE, usage=[FOR_SERVERS])
    async with greeted(tls_server, tls_server.tls.of("DE")) as (wire, info):
        passed_on: list[list[str]] = []

        async def pass_on(said: bytes) -> bytes:
            passed_on.extend(
                [await wire.say(line) for line in said.decode().splitlines() if line.startswith("CONNECT")]
            )
            return b"-ERR 'Authorization Violation'\r\n"

        async with Impostor(tls=serving(files), inside=greeting(nonce=info["nonce"])).at_work() as impostor:
            impostor.answer = pass_on
            with pytest.raises(Disconnected, match="does not accept this key"):
                await NatsTransport.connect(
                    Broker(impostor.url, tls_server.tls), "FR", lambda: tls_server.seed("FR"), Log("FR", level="error")
                )
    assert b'"sig"' in impostor.opened
    assert passed_on == [[NOT_ADMITTED]]
