"""The format of a state directory changes when tables do: a store of other tables is then refused at the start."""

from hashlib import sha256
from pathlib import Path

from deploy.state.state_dir import FORMAT

ROOT = Path(__file__).parents[2]
# When this test fails, raise FORMAT and enter the new digest; after the first release, draft a version instead.
DIGESTS = {"2": "365113cb2ae5f273de36cf740c4e09cceb94c502be5563b174c0ddaf97afb744"}


def test_the_format_is_raised_when_tables_change() -> None:
    schemas = sorted(file for part in ("services", "shared", "gateway") for file in (ROOT / part).rglob("schema.sql"))
    digest = sha256(b"".join(file.read_bytes() for file in schemas)).hexdigest()
    assert {FORMAT: digest} == DIGESTS
