"""How a participant and the NATS server prove to each other by certificates who they are, before either says a word.

The handshake comes first on both sides: what a server says in the clear decides nothing. A certificate names the
participants that may show it, so that the NKEY of one is of no use with the certificate of another (ADR 31).
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

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from shared.compat.nats_client import TlsTransport
from shared.logs import Log
from shared.transport.tls_files import TlsFiles, certificate_name

# So soon another certificate is shown. Files are looked at for each connection.
POLL_SECONDS: Final = 30.0
# So long the server has to take another certificate and to greet; the greeting is shorter than this.
TRIAL_SECONDS: Final = 5
GREETING_BYTES: Final = 32 * 1024
# So long before its end, or in the last quarter of its time where that is shorter, a certificate is warned of.
WARNED_BEFORE: Final = timedelta(days=14)
WARNED_EVERY_SECONDS: Final = 86_400.0
NO_TLS: Final = frozenset({"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "UNSUPPORTED_PROTOCOL", "HTTP_REQUEST"})
UNKNOWN_AUTHORITY: Final = (18, 19, 20, 21)
"""The errors of X509_verify_cert(3) where no chain leads to an authority that is trusted."""

Accepted = Callable[[], Awaitable[None]]
"""Makes sure that the server takes the certificate in the files. Raises CertificateUnusable, OSError, TimeoutError."""


class CertificateUnusable(Exception):
    """The files for TLS cannot be used; the message is one sentence that says which and why."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What matters here of the certificate that is shown."""

    names: frozenset[str]
    """The DNS names, in lower case."""

    not_before: datetime
    not_after: datetime
    fingerprint: bytes

    def names_participant(self, participant: str) -> bool:
        """Tell whether the participant is named, in full: no wildcard counts."""
        return certificate_name(participant) in self.names

    def ends_soon(self) -> bool:
        """Tell whether it is time to renew it."""
        warned_before = min(WARNED_BEFORE, (self.not_after - self.not_before) / 4)
        return datetime.now(UTC) > self.not_after - warned_before


def connection_context(files: TlsFiles) -> ssl.SSLContext:
    """Return how one participant connects, by its files as they are now. Raises CertificateUnusable."""
    try:
        context = ssl.create_default_context(cafile=files.ca)
        # Up to TLS 1.2 the certificate, and so who connects, is told before the server has proven who it is.
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(files.certificate, files.key)
    except (OSError, ValueError) as error:
        raise CertificateUnusable(
            f"the files {files.ca}, {files.certificate} and {files.key} cannot be used for TLS ({_short(error)}): "
            "set I247_NATS_CA, _CERTIFICATE and _KEY to PEM files that belong together"
        ) from error
    return context


def shown_certificate(file: Path, participant: str) -> Certificate:
    """Read the certificate that a participant shows. Raises CertificateUnusable, also where the broker would refuse it.

    Does NOT check who issued it.
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
    try:
        certificate = x509.load_pem_x509_certificate(pem)
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        dns = names.get_values_for_type(x509.DNSName)
    except x509.ExtensionNotFound:
        dns = []
    except (x509.UnsupportedGeneralNameType, x509.DuplicateExtension, x509.InvalidVersion) as error:
        # To the broker they are certificates, as far as it reads them.
        raise ValueError(str(error)) from error
    return Certificate(
        frozenset(name.lower() for name in dns),
        certificate.not_valid_before_utc,
        certificate.not_valid_after_utc,
        certificate.fingerprint(hashes.SHA256()),
    )


def handshake_problem(error: Exception) -> str | None:
    """Return in a sentence why the handshake failed for good; None where another attempt may well succeed."""
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
    """Make sure that the server takes the certificate, on a connection that is given up: it greets whom it takes.

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
        raise CertificateUnusable("the broker does not take the certificate in I247_NATS_CERTIFICATE")


async def another_certificate(
    files: TlsFiles, participant: str, shown: Callable[[], Certificate | None], accepted: Accepted, log: Log
) -> None:
    """Return once there is another certificate than the one that is shown, with its key, and the server takes it.

    Warns once a day of its end.
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
            # The connection lasts until the server ends it, with the certificate that it was made with.
            why = handshake_problem(error) or str(error) or type(error).__name__
            log.warning("certificate-unusable", participant=participant, error=why)


def _short(error: Exception) -> str:
    return getattr(error, "strerror", None) or type(error).__name__
