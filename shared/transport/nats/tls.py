"""Mutual TLS between a participant and the NATS server, whose handshake precedes every message.

A certificate names the participants that may use it, so that the NKEY of one is useless with the certificate of another
(ADR 31).
"""

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import ParseResult

from shared.compat.nats_client import TlsTransport
from shared.logs import Log
from shared.transport.tls_files import TlsFiles, certificate_name

# How often the files are read while there is a connection; each new connection reads them too.
POLL_SECONDS: Final = 30.0
# For the server to accept another certificate and send its greeting, and the limit of that.
TRIAL_SECONDS: Final = 5
GREETING_BYTES: Final = 32 * 1024
# Before the end of a certificate, or in the last quarter of its validity where that is shorter.
WARNED_BEFORE: Final = timedelta(days=14)
WARNED_EVERY_SECONDS: Final = 86_400.0
NO_TLS: Final = frozenset({"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "UNSUPPORTED_PROTOCOL", "HTTP_REQUEST"})
UNKNOWN_AUTHORITY: Final = (18, 19, 20, 21)
"""The errors of X509_verify_cert(3) where no chain leads to a trusted authority."""

Accepted = Callable[[], Awaitable[None]]
"""Checks that the server accepts the certificate in the files. Raises CertificateUnusable, OSError, TimeoutError."""


class CertificateUnusable(Exception):
    """The files for TLS cannot be used; the message is one sentence that says which and why."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """The relevant parts of a certificate."""

    names: frozenset[str]
    """The DNS names, in lower case."""

    not_before: datetime
    not_after: datetime
    fingerprint: bytes

    def names_participant(self, participant: str) -> bool:
        """Return whether the participant is named in full: wildcards do not count."""
        return certificate_name(participant) in self.names

    def ends_soon(self) -> bool:
        """Return whether it is time to renew it."""
        warned_before = min(WARNED_BEFORE, (self.not_after - self.not_before) / 4)
        return datetime.now(UTC) > self.not_after - warned_before


def connection_context(files: TlsFiles) -> ssl.SSLContext:
    """Return the TLS context of a participant, from its files as they are now. Raises CertificateUnusable."""
    try:
        context = ssl.create_default_context(cafile=files.ca)
        # Up to TLS 1.2 the client certificate, and so who connects, is sent before the server is authenticated.
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(files.certificate, files.key)
    except (OSError, ValueError) as error:
        raise CertificateUnusable(
            f"the files {files.ca}, {files.certificate} and {files.key} cannot be used for TLS ({_short(error)}): "
            "set I247_NATS_CA, _CERTIFICATE and _KEY to PEM files that belong together"
        ) from error
    return context


def shown_certificate(file: Path, participant: str) -> Certificate:
    """Read the certificate of a participant. Does NOT check who issued it.

    Raises CertificateUnusable, also where the broker would refuse it.
    """
    try:
        shown = read_certificate(file.read_bytes())
    except (OSError, ValueError) as error:
        raise CertificateUnusable(
            f"I247_NATS_CERTIFICATE: {file} cannot be read as a PEM certificate ({_short(error)})"
        ) from error
    if not shown.names_participant(participant):
        raise CertificateUnusable(
            f"I247_NATS_CERTIFICATE: {file} is for {', '.join(sorted(shown.names)) or 'no name'}: {participant} needs "
            f"one with the DNS name {certificate_name(participant)}"
        )
    if shown.not_after < datetime.now(UTC):
        raise CertificateUnusable(f"I247_NATS_CERTIFICATE: {file} ended on {shown.not_after:%Y-%m-%d %H:%M} UTC")
    return shown


def read_certificate(pem: bytes) -> Certificate:
    """Read the first certificate of a PEM text. Raises ValueError."""
    # Only here, as most processes use no TLS.
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    try:
        certificate = x509.load_pem_x509_certificate(pem)
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        dns = names.get_values_for_type(x509.DNSName)
    except x509.ExtensionNotFound:
        dns = []
    except (x509.UnsupportedGeneralNameType, x509.DuplicateExtension, x509.InvalidVersion) as error:
        # The broker accepts these as certificates.
        raise ValueError(str(error)) from error
    return Certificate(
        frozenset(name.lower() for name in dns),
        certificate.not_valid_before_utc,
        certificate.not_valid_after_utc,
        certificate.fingerprint(hashes.SHA256()),
    )


def handshake_problem(error: Exception) -> str | None:
    """Return a sentence that says why the handshake failed; None where another attempt may succeed."""
    if isinstance(error, CertificateUnusable):
        return str(error)
    if not isinstance(error, ssl.SSLError) or isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return None
    if isinstance(error, ssl.SSLCertVerificationError):
        foreign = " (it is not from the authority in I247_NATS_CA)" if error.verify_code in UNKNOWN_AUTHORITY else ""
        return f"its certificate is refused: {error.verify_message}{foreign}"
    reason = error.reason or "unknown"
    if reason in NO_TLS:
        return "it does not begin with TLS: it is not the broker, or its nats-server.conf lacks `handshake_first: true`"
    said = reason.lower().replace("_", " ")
    return f"it may refuse the certificate in I247_NATS_CERTIFICATE: the handshake ended with {said!r}"


async def require_accepted(files: TlsFiles, server: ParseResult) -> None:
    """Check on a separate connection that the server accepts the certificate: then it sends a greeting.

    Raises CertificateUnusable, OSError, TimeoutError.
    """
    transport = TlsTransport(connection_context(files))
    await transport.connect(server, GREETING_BYTES, TRIAL_SECONDS)
    try:
        async with asyncio.timeout(TRIAL_SECONDS):
            greeting = await transport.read(GREETING_BYTES)
    finally:
        transport.close()  # type: ignore[no-untyped-call]  # nats-py does not say what it returns
    if not greeting:
        raise CertificateUnusable("the broker does not accept the certificate in I247_NATS_CERTIFICATE")


async def another_certificate(
    files: TlsFiles, participant: str, shown: Callable[[], Certificate | None], accepted: Accepted, log: Log
) -> None:
    """Return once the files hold another certificate, with its key, that the server accepts.

    Logs a warning once a day before the present one ends.
    """
    warned = float("-inf")
    while True:
        await asyncio.sleep(POLL_SECONDS)
        try:
            found = shown_certificate(files.certificate, participant)
            if found != shown():
                await accepted()
                log.info("certificate-renewed", participant=participant, not_after=found.not_after)
                return
            if found.ends_soon() and time.monotonic() > warned + WARNED_EVERY_SECONDS:
                warned = time.monotonic()
                log.warning("certificate-ends", participant=participant, not_after=found.not_after)
        except (CertificateUnusable, OSError, TimeoutError) as error:
            # The connection stays, with the certificate that it was made with.
            why = handshake_problem(error) or str(error) or type(error).__name__
            log.warning("certificate-unusable", participant=participant, error=why)


def _short(error: Exception) -> str:
    return getattr(error, "strerror", None) or type(error).__name__
