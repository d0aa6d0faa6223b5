"""Which files stand behind TLS between participants and broker, and the names that their certificates must have."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

# Whose certificate the server shows, where `{participant}` stands in a path.
SERVER: Final = "broker"
PLACEHOLDER: Final = "{participant}"
DOMAIN: Final = "i247"


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """The authority that is trusted, and the certificate that is shown with its key: PEM, read at each connection."""

    ca: Path
    certificate: Path
    key: Path

    def of(self, name: str) -> "TlsFiles":
        """Return those of one who connects: `{participant}` in a path stands for its name."""
        return TlsFiles(self.ca, _of(self.certificate, name), _of(self.key, name))


def certificate_name(participant: str) -> str:
    """Return the DNS name by which a certificate names a participant."""
    return f"{participant.lower()}.{DOMAIN}"


def _of(file: Path, name: str) -> Path:
    return Path(str(file).replace(PLACEHOLDER, name))
