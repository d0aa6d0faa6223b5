"""The broker admits a connection with the NKEY of a participant and a certificate of the same name."""

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
from tests.tls.wire import admission_errors, authenticate, open_wire

STRANGER = "SUALFWBWP72LVEVHZSO4VQUSHBVGNZVP5TTBYE5PBGBCTPNCYCMKQIT4RU"


@pytest.mark.parametrize("name", ["FR", "notices", "IPSG", "operator", "system"])
async def test_an_nkey_with_a_certificate_of_the_same_name_is_admitted(tls_server: NatsServer, name: str) -> None:
    """For bureaus, services and the users that run the broker."""
    assert await admission_errors(tls_server, name, tls_server.tls.of(name)) == []


@pytest.mark.parametrize("name", ["FR", "notices", "IPSG", "operator", "system"])
async def test_an_nkey_with_the_certificate_of_another_participant_is_refused(
    tls_server: NatsServer, name: str
) -> None:
    """A thief of an NKEY needs the key of its certificate as well."""
    assert await admission_errors(tls_server, name, tls_server.tls.of("DE")) == [NOT_ADMITTED]


async def test_the_nkey_of_the_issuer_is_refused(tls_server: NatsServer) -> None:
    """It belongs to an account and not to a user; a relay decides which participants it admits."""
    assert await admission_errors(tls_server, "issuer", tls_server.tls.of("DE")) == [NOT_ADMITTED]


async def test_the_nkey_of_the_relay_is_admitted_with_any_certificate(tls_server: NatsServer) -> None:
    """The relay decides admission, so it is not asked about itself; a certificate of the authority is required."""
    assert await admission_errors(tls_server, "relay", tls_server.tls.of("DE")) == []


async def test_a_thief_of_the_relay_and_issuer_keys_can_admit_any_client(tls_server: NatsServer) -> None:
    """With an unknown NKEY and another participant's certificate, as KE: a documented limit."""
    stranger = credentials(STRANGER, "")["nkey"]
    thief = await Relay.connect(tls_server.broker(), lambda: tls_server.seed("relay"), Log("thief", level="error"))
    tls_server.kill_relay()
    any_client = Admission(load_issuer(tls_server.home), lambda _nkey, _list: User("DE", "KE", {}))
    await thief.admit_by(any_client)
    async with open_wire(tls_server, tls_server.tls.of("DE")) as (wire, info):
        assert await authenticate(wire, {"nkey": stranger, "sig": credentials(STRANGER, info["nonce"])["sig"]}) == []
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
async def test_a_certificate_without_the_exact_name_is_refused(
    tls_server: NatsServer, authority: Authority, tmp_path: Path, names: list[x509.GeneralName]
) -> None:
    """A wildcard, a part of the name, a longer name, a subdomain, an e-mail address, or the common name only."""
    files = authority.write(tmp_path, "fr.i247", *names, usage=[FOR_CLIENTS])
    assert await admission_errors(tls_server, "FR", files) == [NOT_ADMITTED]


def test_a_certificate_with_an_unsupported_kind_of_name_raises_certificate_unusable(
    authority: Authority, tmp_path: Path
) -> None:
    """The broker ignores such a name, but the Python library cannot parse it."""
    files = authority.write(tmp_path, "FR", *named("FR"), x509.RegisteredID(x509.ObjectIdentifier("1.2.3.4")))
    shown = x509.load_pem_x509_certificate(files.certificate.read_bytes()).public_bytes(Encoding.DER)
    registered, edi_party = b"\x88\x03\x2a\x03\x04", b"\xa5\x03\x30\x01\x00"
    assert shown.count(registered) == 1
    files.certificate.write_text(ssl.DER_cert_to_PEM_cert(shown.replace(registered, edi_party)))
    with pytest.raises(CertificateUnusable, match=r"FR\.pem cannot be read as a PEM certificate"):
        shown_certificate(files.certificate, "FR")


async def test_a_certificate_with_several_names_is_admitted_for_each_of_them(
    tls_server: NatsServer, authority: Authority, tmp_path: Path
) -> None:
    """As for a gateway with several bureaus; it is refused for any other name."""
    files = authority.write(tmp_path, "gateway", *named("FR", "DE"), usage=[FOR_CLIENTS])
    assert await admission_errors(tls_server, "FR", files) == await admission_errors(tls_server, "DE", files) == []
    assert await admission_errors(tls_server, "KE", files) == [NOT_ADMITTED]


async def test_a_certificate_without_a_valid_nkey_signature_is_refused(tls_server: NatsServer) -> None:
    """The relay verifies the signature itself, because the server also asks about clients it has refused."""
    france = tls_server.tls.of("FR")
    assert await admission_errors(tls_server, "FR", france, sig="") == [NOT_ADMITTED]
    assert await admission_errors(tls_server, "FR", france, sig=credentials(STRANGER, "other")["sig"]) == [NOT_ADMITTED]
    of_another = credentials(tls_server.seed("FR"), "the nonce of another server")["sig"]
    assert await admission_errors(tls_server, "FR", france, sig=of_another) == [NOT_ADMITTED]
    assert await admission_errors(tls_server, "FR", france, nkey=credentials(STRANGER, "")["nkey"]) == [NOT_ADMITTED]


async def test_a_client_without_a_certificate_is_refused(tls_server: NatsServer) -> None:
    """Before the broker sends its first message."""
    context = ssl.create_default_context(cafile=tls_server.tls.ca)
    reader, writer = await asyncio.open_connection("127.0.0.1", int(tls_server.url.rpartition(":")[2]), ssl=context)
    with pytest.raises(ssl.SSLError, match="CERTIFICATE_REQUIRED"):
        await reader.readline()
    writer.close()
    await asyncio.gather(writer.wait_closed(), return_exceptions=True)


async def test_a_server_certificate_is_refused_for_a_participant(
    tls_server: NatsServer, authority: Authority, tmp_path: Path
) -> None:
    """Its key usage is for servers, whatever its name is."""
    files = authority.write(tmp_path, "server", *named("FR"), usage=[FOR_SERVERS])
    with pytest.raises(ssl.SSLError, match=r"BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE"):
        await admission_errors(tls_server, "FR", files)


async def test_an_admitted_participant_keeps_its_configured_permissions(tls_server: NatsServer) -> None:
    """The answer of the relay does not extend them."""
    async with open_wire(tls_server, tls_server.tls.of("KE")) as (wire, info):
        assert await authenticate(wire, credentials(tls_server.seed("KE"), info["nonce"])) == []
        assert await wire.say("PUB i247.req.notices.KE 0", "") == []
        [denied] = await wire.say("PUB i247.req.notices.FR 0", "")
        assert denied.startswith(DENIED_PUBLISH)


async def test_a_service_answers_before_and_after_a_reload(tls_server: NatsServer) -> None:
    """After a reload the server asks the relay about all clients again, and keeps the connections."""
    france, service = await tls_server.connect("FR"), await tls_server.connect("notices")
    await service.serve("i247.req.notices.*", echo, senders=["FR"], card=ServiceCard("notices", "A service."))
    await wait_until_answered(france)
    tls_server.reconfigure(lambda text: text.replace('"timeout": 2', '"timeout": 3'))
    await wait_until_answered(france)
    assert (france.connections, service.connections) == (1, 1)
    await france.close()
    await service.close()


async def echo(arrival: Arrival) -> None:
    """Answer with the received parcel."""
    await arrival.reply(arrival.parcel)


async def wait_until_answered(asker: NatsTransport) -> None:
    """Retry until the service answers."""
    async with asyncio.timeout(PATIENCE):
        while True:
            with suppress(NoResponder):
                asked = Parcel("", b"asked")
                assert await asker.request("i247.req.notices.FR", asked, timeout=PATIENCE) == asked
                return


@pytest.mark.thorough
async def test_a_participant_removed_from_the_configuration_is_disconnected_and_refused(tls_server: NatsServer) -> None:
    """A revoked or paused one; the relay reads the configuration of the server."""
    before, kenya = tls_server.configuration.read_text(), tls_server.tls.of("KE")
    async with open_wire(tls_server, kenya) as (wire, info):
        assert await authenticate(wire, credentials(tls_server.seed("KE"), info["nonce"])) == []
        tls_server.reconfigure(without_kenya)
        assert await wire.ended()
    assert await admission_errors(tls_server, "KE", kenya) == [NOT_ADMITTED]
    tls_server.reconfigure(lambda _: before)
    assert await admission_errors(tls_server, "KE", kenya) == []


def without_kenya(text: str) -> str:
    """Return the configuration without the NKEY of KE."""
    configuration = json.loads(text)
    configuration["accounts"]["KE"]["users"] = []
    return json.dumps(configuration)


@pytest.mark.thorough
async def test_a_connection_is_closed_when_its_certificate_expires(
    tls_server: NatsServer, authority: Authority, tmp_path: Path
) -> None:
    files = authority.write(tmp_path, "FR", *named("FR"), usage=[FOR_CLIENTS], ends_in=timedelta(seconds=3))
    async with open_wire(tls_server, files) as (wire, info):
        assert await authenticate(wire, credentials(tls_server.seed("FR"), info["nonce"])) == []
        assert await wire.ended()
        assert "-ERR 'User Authentication Expired'" in wire.heard


@pytest.mark.parametrize("years", [300, 7_900])
async def test_a_certificate_with_a_far_expiry_is_admitted(
    tls_server: NatsServer, authority: Authority, tmp_path: Path, years: int
) -> None:
    """RFC 5280 uses the year 9999 for no expiry; the server would treat such a duration as zero."""
    files = authority.write(tmp_path, "FR", *named("FR"), usage=[FOR_CLIENTS], ends_in=timedelta(days=365 * years))
    async with open_wire(tls_server, files) as (wire, info):
        assert await authenticate(wire, credentials(tls_server.seed("FR"), info["nonce"])) == []
        assert await wire.say() == []
        assert not wire.reader.at_eof()


def test_the_documented_commands_make_valid_certificates_for_fr_and_the_broker(tmp_path: Path) -> None:
    """With openssl only; the key files have mode 0600."""
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
