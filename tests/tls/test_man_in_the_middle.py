"""A server in the place of the broker sees only the start of a TLS handshake, and is reported by the client."""

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
from tests.tls.impostor import Impostor, greeting, server_tls
from tests.tls.wire import open_wire

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
def connection_fails(impostor: Impostor, reason: str) -> Iterator[None]:
    """Expect FR to report in one sentence what is wrong with the broker."""
    with pytest.raises(Disconnected, match=f"^no connection to the broker at {impostor.url} as FR: {reason}$"):
        yield


def assert_only_handshake_received(impostor: Impostor) -> None:
    """Check that only the start of a handshake was received, and nothing of NATS or of the client."""
    assert impostor.heard.startswith(HANDSHAKE_RECORD)
    assert not impostor.opened
    for own in (b"CONNECT", b"PING", b"nkey", b'"sig"', b'"FR"', b"fr.i247", b"_INBOX"):
        assert own not in impostor.heard[len(HANDSHAKE_RECORD) :].replace(b"\r\n", b"")


@pytest.mark.parametrize("tls_required", [False, True])
async def test_a_plaintext_server_gets_no_signature(france: TlsFiles, tls_required: bool) -> None:
    """Whether its greeting requires TLS or not."""
    async with Impostor(greeting(tls_required=tls_required)).at_work() as impostor:
        with connection_fails(impostor, NO_TLS):
            await connect(france, impostor.url)
        await impostor.visited.wait()
    assert_only_handshake_received(impostor)


@pytest.mark.parametrize("trusted", [False, True])
async def test_a_plaintext_greeting_before_tls_is_refused(
    france: TlsFiles,
    authority: Authority,
    tmp_path: Path,
    trusted: bool,
) -> None:
    """Whether the certificate that follows is from the trusted authority or from another."""
    files = (authority if trusted else Authority()).write(tmp_path / "other", "other", HERE)
    async with Impostor(greeting(tls_required=True), server_tls(files), greeting()).at_work() as impostor:
        with connection_fails(impostor, NO_TLS):
            await connect(france, impostor.url)
        await impostor.visited.wait()
    assert_only_handshake_received(impostor)


async def test_a_server_certificate_of_another_authority_is_refused(france: TlsFiles, tmp_path: Path) -> None:
    """The authorities that the system trusts are not trusted here."""
    files = Authority().write(tmp_path / "other", "other", HERE, usage=[FOR_SERVERS])
    async with Impostor(tls=server_tls(files), inside=greeting()).at_work() as impostor:
        with connection_fails(impostor, FOREIGN):
            await connect(france, impostor.url)
        await impostor.visited.wait()
    assert_only_handshake_received(impostor)


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
async def test_a_server_certificate_with_a_wrong_name_expiry_or_usage_is_refused(
    france: TlsFiles,
    authority: Authority,
    tmp_path: Path,
    shown: tuple[list[x509.GeneralName], x509.ObjectIdentifier, int],
    why: str,
) -> None:
    """A participant's certificate does not authenticate a broker."""
    names, usage, ends_in = shown
    files = authority.write(tmp_path / "other", "other", *names, usage=[usage], ends_in=timedelta(seconds=ends_in))
    async with Impostor(tls=server_tls(files), inside=greeting()).at_work() as impostor:
        with connection_fails(impostor, f"its certificate is refused: {why}"):
            await connect(france, impostor.url)
        await impostor.visited.wait()
    assert_only_handshake_received(impostor)


async def test_a_tls_version_below_1_3_is_refused(france: TlsFiles, authority: Authority, tmp_path: Path) -> None:
    """It would send the client's certificate, and so its name, in plaintext."""
    files = authority.write(tmp_path / "other", "other", HERE, usage=[FOR_SERVERS])
    tls = server_tls(files, at_most=ssl.TLSVersion.TLSv1_2)
    async with Impostor(tls=tls, inside=greeting()).at_work() as impostor:
        with connection_fails(impostor, ".*protocol version.*"):
            await connect(france, impostor.url)
        await impostor.visited.wait()
    assert_only_handshake_received(impostor)


@pytest.mark.thorough
async def test_server_addresses_in_a_greeting_are_ignored(
    france: TlsFiles, authority: Authority, tmp_path: Path
) -> None:
    """FR reconnects to the configured address only, even if the broker itself states others."""
    files = authority.write(tmp_path / "other", "other", HERE, usage=[FOR_SERVERS])
    async with Impostor(greeting()).at_work() as elsewhere:
        named_there = greeting(connect_urls=[f"127.0.0.1:{elsewhere.port}"], tls_required=False)
        async with Impostor(tls=server_tls(files), inside=named_there).at_work() as broker:
            broker.answer = admit
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


async def admit(received: bytes) -> bytes:
    """Return the reply of a server that admits the client."""
    return b"PONG\r\n" if b"PING" in received else b""


@pytest.mark.thorough
async def test_a_plaintext_client_of_a_tls_server_gets_an_error_naming_the_settings(
    tls_server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server waits for TLS and sends nothing, so a timeout alone would not explain the cause."""
    monkeypatch.setattr("shared.transport.nats.client.FIRST_CONNECT_SECONDS", 5)
    seed = tls_server.seed("FR")
    with pytest.raises(Disconnected, match="set I247_NATS_CA, and I247_NATS_URL to tls://"):
        await NatsTransport.connect(Broker(tls_server.url.replace("tls", "nats")), "FR", lambda: seed, Log("FR"))


@pytest.mark.thorough
async def test_a_plaintext_server_in_the_place_of_a_stopped_broker_receives_nothing(tls_server: NatsServer) -> None:
    """A reconnection starts with TLS too; FR reconnects once the broker is back."""
    france = await tls_server.connect("FR")
    plain = Impostor(greeting(tls_required=False))
    plain.port = int(tls_server.url.rpartition(":")[2])
    tls_server.kill()
    async with plain.at_work(), asyncio.timeout(PATIENCE):
        await plain.visited.wait()
    assert_only_handshake_received(plain)
    tls_server.start()
    async with asyncio.timeout(2 * PATIENCE):
        await france.reconnected(1)
    await france.close()


@pytest.mark.thorough
async def test_a_nonce_signature_relayed_to_another_server_is_refused(
    tls_server: NatsServer, authority: Authority, tmp_path: Path
) -> None:
    """There the certificate of FR is needed as well."""
    files = authority.write(tmp_path / "other", "other", HERE, usage=[FOR_SERVERS])
    async with open_wire(tls_server, tls_server.tls.of("DE")) as (wire, info):
        passed_on: list[list[str]] = []

        async def pass_on(received: bytes) -> bytes:
            passed_on.extend(
                [await wire.say(line) for line in received.decode().splitlines() if line.startswith("CONNECT")]
            )
            return b"-ERR 'Authorization Violation'\r\n"

        async with Impostor(tls=server_tls(files), inside=greeting(nonce=info["nonce"])).at_work() as impostor:
            impostor.answer = pass_on
            with pytest.raises(Disconnected, match="does not accept this key"):
                await NatsTransport.connect(
                    Broker(impostor.url, tls_server.tls), "FR", lambda: tls_server.seed("FR"), Log("FR", level="error")
                )
    assert b'"sig"' in impostor.opened
    assert passed_on == [[NOT_ADMITTED]]
