"""The format of a state directory changes when tables do: a store of other tables is then refused at the start.

So is a database on a PostgreSQL server, which is in no state directory: by the name of its first version.
"""

import re
from hashlib import sha256
from pathlib import Path

from deploy.state.state_dir import FORMAT

ROOT = Path(__file__).parents[2]
# When this test fails, raise FORMAT and enter the new digest; after the first release, draft a version instead.
DIGESTS = {"7": "5527cc82886d72aec7b46aadcb7122684f74ac0cf1a342060d2a6fbdd08fc1c3"}


def files_of_migrations(pattern: str) -> list[Path]:
    return sorted(file for part in ("services", "shared", "gateway") for file in (ROOT / part).rglob(pattern))


def test_the_format_is_raised_when_tables_change() -> None:
    digest = sha256(b"".join(file.read_bytes() for file in files_of_migrations("schema.sql"))).hexdigest()
    assert {FORMAT: digest} == DIGESTS


def test_the_first_version_of_each_set_of_tables_is_named_by_the_format() -> None:
    """A store of another format has a version that this program does not know."""
    versions = files_of_migrations("migrations/0001_*.py")
    named = [re.findall(r'^revision = "(.*)"', file.read_text(), re.MULTILINE) for file in versions]
    assert len(versions) == len(files_of_migrations("schema.sql"))
    assert named == [[file.stem] for file in versions]
    assert [file.name for file in versions if not file.stem.endswith(f"_{FORMAT}")] == []
