"""Targets of webhooks prove who they are, by a certificate of their name."""

import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway.messages.webhooks import sender as sender_module
from gateway.messages.webhooks.sender import WebhookSender
from gateway.messages.webhooks.targets import Targets
from tests.gateway.messages.webhooks.receiver import Receiver, receiving

SecureTarget = Callable[[str], AbstractAsyncContextManager[Receiver]]


class Authority:
    """Vouches for names."""

    def __init__(self, folder: Path) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._folder = folder
        self.file = folder / "authority.pem"
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority")])
        self.file.write_bytes(self._issue(self._name, self._key.public_key(), None))

    def context_for(self, name: str) -> ssl.SSLContext:
        """Return what a server of a name proves itself with."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        file = self._folder / f"{name}.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file.write_bytes(private + self._issue(subject, key.public_key(), name))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def _issue(self, subject: x509.Name, key: ec.EllipticCurvePublicKey, name: str | None) -> bytes:
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=name is None, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )
        if name is not None:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        return builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Return an authority that nobody trusts yet."""
    return Authority(tmp_path)


@pytest.fixture
def secure(authority: Authority) -> SecureTarget:
    """Return what runs a target with a certificate of a name."""

    @asynccontextmanager
    async def run(name: str) -> AsyncIterator[Receiver]:
        async with receiving(authority.context_for(name)) as receiver:
            yield receiver

    return run


@pytest.fixture
def sender() -> WebhookSender:
    """Return who posts, and finds every name on this machine."""

    async def resolve(_host: str, _port: int) -> list[str]:
        return ["127.0.0.1"]

    return WebhookSender(Targets(private=True, resolve=resolve))


async def test_a_target_is_asked_by_its_name_and_proves_it(
    secure: SecureTarget, sender: WebhookSender, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though the connection goes to an address, the certificate is that of the name."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    async with secure("hooks.test") as receiver:
        assert await sender.post(f"https://hooks.test:{receiver.port}/", {}, b"{}") == "204"
        assert receiver.got[0].headers["host"] == f"hooks.test:{receiver.port}"


async def test_another_one_gets_nothing(
    secure: SecureTarget, sender: WebhookSender, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither with a certificate of another name, nor for the address in place of the name."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    async with secure("other.test") as receiver:
        assert await sender.post(f"https://hooks.test:{receiver.port}/", {}, b"{}") == "tls"
        assert await sender.post(f"https://127.0.0.1:{receiver.port}/", {}, b"{}") == "tls"
        assert receiver.got == []


async def test_one_whom_nobody_vouches_for_gets_nothing(secure: SecureTarget, sender: WebhookSender) -> None:
    """The authority is unknown here."""
    async with secure("hooks.test") as receiver:
        assert await sender.post(f"https://hooks.test:{receiver.port}/", {}, b"{}") == "tls"
        assert receiver.got == []


async def test_one_that_speaks_no_tls_gets_nothing(sender: WebhookSender, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even the head of a request."""
    monkeypatch.setattr(sender_module, "CONNECT_SECONDS", 0.2)
    async with receiving() as receiver:
        assert await sender.post(f"https://hooks.test:{receiver.port}/", {}, b"{}") == "tls"
        assert receiver.got == []
