"""Notices: requested by a bureau, reviewed and published by the General Secretariat, read by all."""

from pathlib import Path

from services.notices.app import NAME, create_app
from services.notices.store import metadata
from services.notices.synthetic import seed
from shared.service import Service

SERVICE = Service(
    name=NAME,
    create_app=create_app,
    summary="Notices of all colours: drafted by a bureau, reviewed by the General Secretariat, found by name.",
    metadata=metadata,
    migrations=Path(__file__).parent / "migrations",
    seed=seed,
    verbs=("read", "write", "review"),
)
