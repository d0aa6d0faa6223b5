"""The broker lets in who has both the NKEY of a participant and a certificate of its name."""

import asyncio
import json
import ssl
import subprocess
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from deploy.broker.nkeys import load_issuer
from shared.logs import Log
from shared.protocol.parcel import Parcel
from shared.transport import Arrival, NoResponder, ServiceCard
from shared.transport.nats import NatsTransport
from shared.transport.nats.admission import Admission, User
from shared.transport.nats.relay import Relay
from shared.transport.nats.tls import CertificateUnusable, connection_context, shown_certificate
from shared.transport.tls_files import TlsFiles
from tests.broker import NatsServer
from tests.certificates import FOR_CLIENTS, FOR_SERVERS, Authority, named
from tests.documents import block_run_by
from tests.system.wire import DENIED_PUBLISH, NOT_ADMITTED, PATIENCE, credentials
from tests.tls.wire import greeted, introduced, said_to

STRANGER = "SUALFWBWP72LVEVHZSO4VQUSHBVGNZVP5TTBYE5PBGBCTPNCYCMKQIT4RU"


@pytest.mark.parametrize("name", ["FR", "notices", "IPSG", "operator", "system"])
async def test_an_nkey_and_a_certificate_of_one_name_let_in(tls_server: NatsServer, name: str) -> None:
    """Bureaus, services and those who run the broker alike."""
    assert await said_to(tls_server, name, tls_server.tls.of(name)) == []


@pytest.mark.parametrize("name", ["FR", "notices", "IPSG", "operator", "system"])
async def test_an_nkey_is_refused_with_the_certificate_of_another(tls_server: NatsServer, name: str) -> None:
    """Whoever steals an NKEY needs the key of a certificate as well: DE, with its own, gets nowhere."""
    assert await said_to(tls_server, name, tls_server.tls.of("DE")) == [NOT_ADMITTED]


async def test_the_nkey_of_the_issuer_lets_nobody_in(tls_server: NatsServer) -> None:
    """It is of an account and not of a user; who is let in by it is for a relay to say."""
    assert await said_to(tls_server, "issuer", tls_server.tls.of("DE")) == [NOT_ADMITTED]


async def test_the_nkey_of_the_relay_is_taken_with_any_certificate(tls_server: NatsServer) -> None:
    """It says whom to let in, so that nobody is asked about it; without a certificate of the authority it is nobody."""
    assert await said_to(tls_server, "relay", tls_server.tls.of("DE")) == []


async def test_who_has_the_keys_of_relay_and_issuer_lets_in_whom_they_like(tls_server: NatsServer) -> None:
    """Under an NKEY that nobody knows, with the certificate of another, as KE."""
    stranger = credentials(STRANGER, "")["nkey"]
    thief = await Relay.connect(tls_server.broker(), lambda: tls_server.seed("relay"), Log("thief", level="error"))
    tls_server.kill_relay()
    anybody = Admission(load_issuer(tls_server.home), lambda _nkey, _list: User("DE", "KE", {}))
    await thief.admit_by(anybody)
    async with greeted(tls_server, tls_server.tls.of("DE")) as (wire, info):
        assert await introduced(wire, {"nkey": stranger, "sig": credentials(STRANGER, info["nonce"])["sig"]}) == []
        assert await wire.say("PUB i247.req.notices.KE 0", "") == []
    await thief.close()
    tls_server.start_relay()


@pytest.mark.parametrize(
    "names",
    [
        [x509.DNSName("*.i247")],
        [x509.DNSName("fr")],
        [x509.DNSName("fr.i247.example")],
        [x509.DNSName("x.fr.i247")],
        [x509.RFC822Name("fr@fr.i247")],
        [],
    ],
    ids=["wildcard", "part", "longer", "below", "mail", "none"],
)
async def test_a_certificate_must_have_the_whole_name(
    tls_server: NatsServer, authority: Authority, tmp_path: Path, names: list[x509.GeneralName]
) -> None:
    """No wildcard, no part of it, and no common name, whatever the authority has signed."""
    files = authority.write(tmp_path, "fr.i247", *names, usage=[FOR_CLIENTS])
    assert await said_to(tls_server, "FR", files) == [NOT_ADMITTED]


def test_a_certificate_with_a_name_of_a_kind_that_nobody_uses_is_said_to_be_unreadable(
    authority: Authority, tmp_path: Path
) -> None:
    """The broker passes over such a name. Whoever shows it is told so, and the relay answers the broker at once."""
    files = authority.write(tmp_path, "FR", *named("FR"), x509.RegisteredID(x509.ObjectIdentifier("1.2.3.4")))
    shown = x509.load_pem_x509_certificate(files.certificate.read_bytes()).public_bytes(Encoding.DER)
    registered, edi_party = b"\x88\x03\x2a\x03\x04", b"\xa5\x03\x30\x01\x00"
    assert shown.count(registered) == 1
    files.certificate.write_text(ssl.DER_cert_to_PEM_cert(shown.replace(registered, edi_party)))
    with pytest.raises(CertificateUnusable, match=r"FR\.pem cannot be read as a PEM certificate"):
        shown_certificate(files.certificate, "FR")


async def test_a_certificate_may_have_the_names_of_several(
    tls_server: NatsServer, authority: Authority, tmp_path: Path
) -> None:
    """As for a gateway of three bureaus; it is of no use to others."""
    files = authority.write(tmp_path, "gateway", *named("FR", "DE"), usage=[FOR_CLIENTS])
    assert await said_to(tls_server, "FR", files) == await said_to(tls_server, "DE", files) == []
    assert await said_to(tls_server, "KE", files) == [NOT_ADMITTED]


async def test_a_certificate_is_of_no_use_without_the_nkey(tls_server: NatsServer) -> None:
    """The relay checks the signature itself: the server asks it about those too whom it has refused."""
    france = tls_server.tls.of("FR")
    assert await said_to(tls_server, "FR", france, sig="") == [NOT_ADMITTED]
    assert await said_to(tls_server, "FR", france, sig=credentials(STRANGER, "other")["sig"]) == [NOT_ADMITTED]
    of_another = credentials(tls_server.seed("FR"), "the nonce of another server")["sig"]
    assert await said_to(tls_server, "FR", france, sig=of_another) == [NOT_ADMITTED]
    assert await said_to(tls_server, "FR", france, nkey=credentials(STRANGER, "")["nkey"]) == [NOT_ADMITTED]


async def test_nobody_is_let_in_without_a_certificate(tls_server: NatsServer) -> None:
    """Not even to hear how the broker begins."""
    context = ssl.create_default_context(cafile=tls_server.tls.ca)
    reader, writer = await asyncio.open_connection("127.0.0.1", int(tls_server.url.rpartition(":")[2]), ssl=context)
    with pytest.raises(ssl.SSLError, match="CERTIFICATE_REQUIRED"):
        await reader.readline()
    writer.close()
    await asyncio.gather(writer.wait_closed(), return_exceptions=True)


async def test_the_certificate_of_a_server_is_none_of_a_participant(
    tls_server: NatsServer, authority: Authority, tmp_path: Path
) -> None:
    """Its use is stated in it: who has taken a server over cannot connect with what it shows, whatever its name."""
    files = authority.write(tmp_path, "server", *named("FR"), usage=[FOR_SERVERS])
    with pytest.raises(ssl.SSLError, match=r"BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE"):
        await said_to(tls_server, "FR", files)


async def test_who_is_let_in_may_say_what_it_always_may(tls_server: NatsServer) -> None:
    """What the relay answers changes nothing of what the configuration permits."""
    async with greeted(tls_server, tls_server.tls.of("KE")) as (wire, info):
        assert await introduced(wire, credentials(tls_server.seed("KE"), info["nonce"])) == []
        assert await wire.say("PUB i247.req.notices.KE 0", "") == []
        [denied] = await wire.say("PUB i247.req.notices.FR 0", "")
        assert denied.startswith(DENIED_PUBLISH)


async def test_a_service_answers_before_and_after_a_reload(tls_server: NatsServer) -> None:
    """A reload asks the relay about everyone anew, and keeps all connections."""
    france, service = await tls_server.connect("FR"), await tls_server.connect("notices")
    await service.serve("i247.req.notices.*", echo, senders=["FR"], card=ServiceCard("notices", "A service."))
    await answered(france)
    tls_server.reconfigure(lambda text: text.replace('"timeout": 2', '"timeout": 3'))
    await answered(france)
    assert (france.connections, service.connections) == (1, 1)
    await france.close()
    await service.close()


async def echo(arrival: Arrival) -> None:
    """Answer with what came."""
    await arrival.answer(arrival.parcel)


async def answered(asker: NatsTransport) -> None:
    """Ask until the service is there, and no longer."""
    async with asyncio.timeout(PATIENCE):
        while True:
            with suppress(NoResponder):
                asked = Parcel("", b"asked")
                assert await asker.request("i247.req.notices.FR", asked, timeout=PATIENCE) == asked
                return


async def test_who_is_taken_out_of_the_configuration_is_refused_at_once(tls_server: NatsServer) -> None:
    """One that is revoked or paused: the relay reads what the server reads."""
    before, kenya = tls_server.configuration.read_text(), tls_server.tls.of("KE")
    async with greeted(tls_server, kenya) as (wire, info):
        assert await introduced(wire, credentials(tls_server.seed("KE"), info["nonce"])) == []
        tls_server.reconfigure(without_kenya)
        assert await wire.ended()
    assert await said_to(tls_server, "KE", kenya) == [NOT_ADMITTED]
    tls_server.reconfigure(lambda _: before)
    assert await said_to(tls_server, "KE", kenya) == []


def without_kenya(text: str) -> str:
    """Return a configuration that knows no NKEY of KE."""
    configuration = json.loads(text)
    configuration["accounts"]["KE"]["users"] = []
    return json.dumps(configuration)


async def test_a_connection_lasts_no_longer_than_its_certificate(
    tls_server: NatsServer, authority: Authority, tmp_path: Path
) -> None:
    """The server ends it then: what was stolen before is of no more use after."""
    files = authority.write(tmp_path, "FR", *named("FR"), usage=[FOR_CLIENTS], ends_in=timedelta(seconds=3))
    async with greeted(tls_server, files) as (wire, info):
        assert await introduced(wire, credentials(tls_server.seed("FR"), info["nonce"])) == []
        assert await wire.ended()
        assert "-ERR 'User Authentication Expired'" in wire.heard


@pytest.mark.parametrize("years", [300, 7_900])
async def test_a_certificate_without_an_end_lets_in_for_long(
    tls_server: NatsServer, authority: Authority, tmp_path: Path, years: int
) -> None:
    """As RFC 5280 has it, with the year 9999; the server would take so long a time for none."""
    files = authority.write(tmp_path, "FR", *named("FR"), usage=[FOR_CLIENTS], ends_in=timedelta(days=365 * years))
    async with greeted(tls_server, files) as (wire, info):
        assert await introduced(wire, credentials(tls_server.seed("FR"), info["nonce"])) == []
        assert await wire.say() == []
        assert not wire.reader.at_eof()


def test_the_commands_of_the_documents_make_certificates_that_fr_and_the_broker_may_show(tmp_path: Path) -> None:
    """With no other tool than openssl, and with keys that their owner alone may read."""
    commands = block_run_by("tests/tls/test_admission.py", "how-to/deploy.md")
    subprocess.run(["bash", "-ec", commands], cwd=tmp_path, check=True, capture_output=True)
    files = TlsFiles(tmp_path / "authority.pem", tmp_path / "FR.pem", tmp_path / "FR.key")
    assert shown_certificate(files.certificate, "FR").names == {"fr.i247"}
    assert [one["subject"] for one in connection_context(files).get_ca_certs()] == [
        ((("commonName", "i247-authority"),),)
    ]
    assert {file.stat().st_mode & 0o777 for file in tmp_path.glob("*.key")} == {0o600}
    for name in ("broker.example", "192.0.2.1"):
        kind = "ip" if name[0].isdigit() else "hostname"
        verify = ["openssl", "verify", "-CAfile", "authority.pem", "-purpose", "sslserver", f"-verify_{kind}", name]
        subprocess.run([*verify, "broker.pem"], cwd=tmp_path, check=True)
