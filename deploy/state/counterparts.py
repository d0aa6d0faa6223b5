"""The file of `i247 up --counterparts`: the scripts of bureaus, as a JSON object by their codes."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from deploy.state.clock import clock_of
from deploy.state.errors import SettingsRefused, unwritable
from deploy.state.settings import Settings
from gateway.sandbox.counterparts.models import CounterpartScript
from gateway.sandbox.counterparts.store import CounterpartStore
from shared.bureaus import BureauCode, Member
from shared.errors import Refusal
from shared.strict_types import validate_strictly
from shared.validation import invalid

Scripts = Mapping[BureauCode, CounterpartScript]

MAX_BYTES: Final = 1024 * 1024
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
FORM: Final = '{"DE": {"hits": {"do": "confirm", "after_seconds": 3}}}'
_SCRIPTS: Final[TypeAdapter[dict[Member, CounterpartScript]]] = TypeAdapter(dict[Member, CounterpartScript])


def scripts_in(settings: Settings) -> Scripts | None:
    """Return the scripts in the file that the settings name, or None if they name none. Raises SettingsRefused."""
    if settings.counterparts is None:
        return None
    file = settings.counterparts
    sent = _json_in(file)
    try:
        scripts = validate_strictly(_SCRIPTS.validate_json, sent)
    except ValidationError as error:
        # Only here, as no start needs the framework for this.
        from shared.web.known_names import SchemaNames

        known = SchemaNames(_SCRIPTS.json_schema, sent)
        raise _refused(
            file, invalid(error.errors(include_url=False), sent, place="body", known=known).detail
        ) from error
    except Refusal as refusal:
        raise _refused(file, refusal.detail) from refusal
    if absent := [code for code in scripts if code not in settings.bureaus]:
        here = ", ".join(settings.bureaus[:12])
        raise _refused(file, f"{absent[0]} is no bureau of this mesh, which has {here}: add it to --bureaus")
    return scripts


def scripts_schema() -> dict[str, Any]:
    """Return the JSON Schema of the file."""
    described = {"title": "Counterparts", "description": "The scripts of bureaus of a sandbox, by their codes."}
    return {"$schema": DIALECT, **described, **_SCRIPTS.json_schema()}


def install_counterparts(settings: Settings, scripts: Scripts | None) -> None:
    """Make the bureaus of the file the counterparts of the sandbox; without one, leave them. Raises StartRefused."""
    if scripts is None:
        return
    try:
        CounterpartStore(settings.state_dir.sandbox, clock_of(settings.state_dir)).replace_all(scripts)
    except OSError as error:
        raise unwritable(error) from error


def _json_in(file: Path) -> Any:
    try:
        with file.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise _refused(file, f"it cannot be read ({error.strerror})") from error
    if len(content) > MAX_BYTES:
        raise _refused(file, f"it has more than {MAX_BYTES} bytes")
    # Here, as the supervisor holds no code of the web.
    from shared.web.strict_json import check_json

    try:
        check_json(content)
        found = json.loads(content)
    except Refusal as refusal:
        raise _refused(file, f"it is not valid JSON ({refusal.detail}): write it as {FORM}") from refusal
    if not isinstance(found, dict):
        raise _refused(file, f"it is not a JSON object: write it as {FORM}")
    return found


def _refused(file: Path, detail: str) -> SettingsRefused:
    return SettingsRefused(f"I247_COUNTERPARTS: {file}: {detail}")
