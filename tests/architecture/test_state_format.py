"""The format of a state directory changes when tables do: a store of other tables is then refused at the start."""

from hashlib import sha256
from pathlib import Path

from deploy.state.state_dir import FORMAT

ROOT = Path(__file__).parents[2]
# When this test fails, raise FORMAT and enter the new digest; after the first release, draft a version instead.
DIGESTS = {"3": "1d80e7652594238e4806ddcb433085dde5ca860bb4907c81db67fb72c386cd7a"}


def test_the_format_is_raised_when_tables_change() -> None:
    schemas = sorted(file for part in ("services", "shared", "gateway") for file in (ROOT / part).rglob("schema.sql"))
    digest = sha256(b"".join(file.read_bytes() for file in schemas)).hexdigest()
    assert {FORMAT: digest} == DIGESTS
