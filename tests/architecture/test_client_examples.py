"""What pages show of the example clients is what is in the repository, and the receivers stay short."""

from pathlib import Path

import pytest

from tests.documents import DOCS, blocks

EXAMPLES = DOCS / "examples" / "clients"
SHOWN = [
    (page, block)
    for page in ("how-to/clients.md", "how-to/webhooks.md")
    for block in blocks(DOCS / page)
    if block.title
]


@pytest.mark.parametrize(("page", "block"), SHOWN, ids=lambda value: getattr(value, "title", None))
def test_a_file_on_a_page_is_that_of_the_repository(page: str, block: "tuple[str, ...]") -> None:
    """The files are copied from either."""
    _, title, _, _, text = block
    assert (EXAMPLES / title).read_text() == text


def test_every_example_is_on_a_page() -> None:
    """But what npm writes."""
    shown = {block.title for _, block in SHOWN}
    files = {path.name for path in EXAMPLES.iterdir() if not path.name.startswith((".", "__"))}
    assert files - shown == {"package-lock.json"}


@pytest.mark.parametrize("receiver", ["receiver.py", "receiver.ts"])
def test_a_receiver_has_at_most_20_lines(receiver: str) -> None:
    """Without empty lines."""
    lines = Path(EXAMPLES / receiver).read_text().splitlines()
    assert len([line for line in lines if line]) <= 20
