"""Webhook targets authenticate themselves by a certificate for their name."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gateway.messages.webhooks import sender as sender_module
from gateway.messages.webhooks.sender import WebhookSender
from gateway.messages.webhooks.targets import Targets
from tests.certificates import Authority
from tests.gateway.messages.webhooks.receiver import Receiver, receiving

SecureTarget = Callable[[str], AbstractAsyncContextManager[Receiver]]


@pytest.fixture
def authority() -> Authority:
    """Return a certificate authority that is not trusted yet."""
    return Authority()


@pytest.fixture
def trusted(authority: Authority, tmp_path: Path) -> str:
    """Return the file with the certificate of the authority."""
    file = tmp_path / "authority.pem"
    file.write_bytes(authority.certificate.public_bytes(Encoding.PEM))
    return str(file)


@pytest.fixture
def certified(authority: Authority, tmp_path: Path) -> Callable[[str], ssl.SSLContext]:
    """Return a factory of TLS contexts with a certificate of a name."""

    def make(name: str) -> ssl.SSLContext:
        key, file = ec.generate_private_key(ec.SECP256R1()), tmp_path / f"{name}.pem"
        certificate = authority.vouch_for(key, name, x509.DNSName(name))
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file.write_bytes(private + certificate.public_bytes(Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    return make


@pytest.fixture
def secure(certified: Callable[[str], ssl.SSLContext]) -> SecureTarget:
    """Return a context manager that runs a target with a certificate of a name."""

    @asynccontextmanager
    async def run(name: str) -> AsyncIterator[Receiver]:
        async with receiving(certified(name)) as receiver:
            yield receiver

    return run


@pytest.fixture
def sender() -> WebhookSender:
    """Return a sender that resolves every name to this machine."""

    async def resolve(_host: str, _port: int) -> list[str]:
        return ["127.0.0.1"]

    return WebhookSender(Targets(private=True, resolve=resolve))


async def test_a_target_with_a_certificate_of_its_name_is_accepted(
    secure: SecureTarget, sender: WebhookSender, trusted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though the connection goes to an address."""
    monkeypatch.setenv("SSL_CERT_FILE", trusted)
    async with secure("hooks.test") as receiver:
        assert await sender.post(f"https://hooks.test:{receiver.port}/", {}, b"{}") == "204"
        assert receiver.got[0].headers["host"] == f"hooks.test:{receiver.port}"


async def test_a_target_with_a_certificate_of_another_name_gets_nothing(
    secure: SecureTarget, sender: WebhookSender, trusted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does one that is addressed by IP address."""
    monkeypatch.setenv("SSL_CERT_FILE", trusted)
    async with secure("other.test") as receiver:
        assert await sender.post(f"https://hooks.test:{receiver.port}/", {}, b"{}") == "tls"
        assert await sender.post(f"https://127.0.0.1:{receiver.port}/", {}, b"{}") == "tls"
        assert receiver.got == []


async def test_a_target_with_a_certificate_of_an_unknown_authority_gets_nothing(
    secure: SecureTarget, sender: WebhookSender
) -> None:
    async with secure("hooks.test") as receiver:
        assert await sender.post(f"https://hooks.test:{receiver.port}/", {}, b"{}") == "tls"
        assert receiver.got == []


@pytest.mark.thorough
async def test_a_target_without_tls_gets_nothing(sender: WebhookSender, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even the head of a request."""
    monkeypatch.setattr(sender_module, "CONNECT_SECONDS", 0.2)
    async with receiving() as receiver:
        assert await sender.post(f"https://hooks.test:{receiver.port}/", {}, b"{}") == "tls"
        assert receiver.got == []


async def test_endless_tls_records_without_an_answer_are_limited(
    certified: Callable[[str], ssl.SSLContext], sender: WebhookSender, trusted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here session tickets, of which a server may send any number."""
    monkeypatch.setenv("SSL_CERT_FILE", trusted)
    context = certified("hooks.test")
    for tickets, outcome in ((8, "204"), (2_000, "too-long")):
        context.num_tickets = tickets
        async with receiving(context) as receiver:
            assert await sender.post(f"https://hooks.test:{receiver.port}/", {}, b"{}") == outcome


UNENCRYPTED = {
    "record": b"\x17\x03\x03\x00\x20" + bytes(32),
    "text": b"HTTP/1.1 204 So\r\n\r\n",
    "alert": b"\x15\x03\x03\x00\x02\x02\x28",
}


@pytest.mark.parametrize("kind", UNENCRYPTED)
async def test_bytes_that_do_not_decrypt_are_no_answer(
    certified: Callable[[str], ssl.SSLContext],
    sender: WebhookSender,
    trusted: str,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    """Sent in plaintext after the request: the outcome is unknown, and no error of this program."""
    monkeypatch.setenv("SSL_CERT_FILE", trusted)
    context = certified("hooks.test")
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer_beneath_tls() -> None:
            accepted, _ = listening.accept()
            with context.wrap_socket(accepted, server_side=True) as connection:
                connection.recv(4096)
                socket.socket.sendall(connection, UNENCRYPTED[kind])
                # Until the other side has closed.
                socket.socket.recv(connection, 4096)

        answering = asyncio.create_task(asyncio.to_thread(answer_beneath_tls))
        assert await sender.post(f"https://hooks.test:{listening.getsockname()[1]}/", {}, b"{}") == "no-answer"
        await answering
