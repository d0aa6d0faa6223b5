"""Certificates of the test run, with all extensions that newer Python versions require."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from shared.transport.tls_files import TlsFiles, certificate_name

Key = ec.EllipticCurvePrivateKey
HERE: Final = x509.IPAddress(IPv4Address("127.0.0.1"))
FOR_SERVERS: Final = ExtendedKeyUsageOID.SERVER_AUTH
FOR_CLIENTS: Final = ExtendedKeyUsageOID.CLIENT_AUTH


class Authority:
    """A certificate authority with a self-signed certificate."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self._issue("authority", self._key, None)

    def vouch_for(
        self,
        key: Key,
        name: str,
        *names: x509.GeneralName,
        usage: Iterable[x509.ObjectIdentifier] = (),
        begins_in: timedelta = timedelta(minutes=-5),
        ends_in: timedelta = timedelta(hours=1),
    ) -> x509.Certificate:
        """Return a certificate of a key for these names, for the stated key usage or for any."""
        return self._issue(name, key, x509.SubjectAlternativeName(names), usage, begins_in, ends_in)

    def write(
        self,
        folder: Path,
        name: str,
        *names: x509.GeneralName,
        usage: Iterable[x509.ObjectIdentifier] = (),
        begins_in: timedelta = timedelta(minutes=-5),
        ends_in: timedelta = timedelta(hours=1),
    ) -> TlsFiles:
        """Write a new key with its certificate, and the authority's certificate; return their paths."""
        folder.mkdir(exist_ok=True)
        key = ec.generate_private_key(ec.SECP256R1())
        own = self.vouch_for(key, name, *names, usage=usage, begins_in=begins_in, ends_in=ends_in)
        files = TlsFiles(folder / "ca.pem", folder / f"{name}.pem", folder / f"{name}.key")
        files.ca.write_bytes(self.certificate.public_bytes(Encoding.PEM))
        files.certificate.write_bytes(own.public_bytes(Encoding.PEM))
        files.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return files

    def _issue(
        self,
        name: str,
        key: Key,
        names: x509.SubjectAlternativeName | None,
        usage: Iterable[x509.ObjectIdentifier] = (),
        begins_in: timedelta = timedelta(minutes=-5),
        ends_in: timedelta = timedelta(hours=1),
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        public, own = key.public_key(), self._key.public_key()
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority")]))
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + begins_in)
            .not_valid_after(now + ends_in)
            .add_extension(x509.BasicConstraints(ca=names is None, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(own), critical=False)
            .add_extension(_usage(authority=names is None), critical=True)
        )
        if names is not None:
            builder = builder.add_extension(names, critical=False)
        if usage:
            builder = builder.add_extension(x509.ExtendedKeyUsage(usage), critical=False)
        return builder.sign(self._key, hashes.SHA256())


def named(*participants: str) -> list[x509.DNSName]:
    """Return the names that a certificate needs to be shown by these participants."""
    return [x509.DNSName(certificate_name(participant)) for participant in participants]


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
