"""Missing persons and unidentified bodies: reported by the bureau that seeks a person, or a name for a body."""

from pathlib import Path

from services.missing_persons.app import NAME, create_app
from services.missing_persons.store import metadata
from services.missing_persons.synthetic import seed
from shared.service import Service

SERVICE = Service(
    name=NAME,
    create_app=create_app,
    summary="Missing persons and unidentified bodies, found by what is known of them.",
    metadata=metadata,
    migrations=Path(__file__).parent / "migrations",
    seed=seed,
)
