"""A database of sealed blocks is read in any order and by any length, as SQLite does."""

import os
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.crypto.ed25519 import encode_base64url
from shared.crypto.hpke import ContentKey
from shared.fieldpack.blocks import BLOCK_BYTES, BlockTable, PackBroken, SealedBlocks, seal_blocks

CONTENT = os.urandom(BLOCK_BYTES) + b"\0" * (BLOCK_BYTES + 100) + os.urandom(777)
KEY = ContentKey(bytes(32))


def sealed(content: bytes = CONTENT, key: ContentKey = KEY) -> tuple[BytesIO, BlockTable]:
    out = BytesIO()
    return out, seal_blocks(BytesIO(content), out, key.blocks())


@given(st.integers(0, len(CONTENT) + 10), st.integers(0, 3 * BLOCK_BYTES))
def test_any_part_is_read_as_it_was_written(offset: int, amount: int) -> None:
    """Fewer bytes at the end, and none after it."""
    out, table = sealed()
    blocks = SealedBlocks(out, table, KEY.blocks(), len(CONTENT))
    assert blocks.read(amount, offset) == CONTENT[offset : offset + amount]


def test_a_block_in_another_place_is_refused() -> None:
    """Though its hash fits the table that was read: its number is part of its encryption."""
    out, table = sealed()
    first, second = (
        out.getvalue()[: table[0].length],
        out.getvalue()[table[0].length : table[1].offset + table[1].length],
    )
    swapped = BlockTable()
    for block in (table[1], table[0], table[2]):
        swapped.add(block.length, block.hash)
    stream = BytesIO(second + first + out.getvalue()[table[2].offset :])
    with pytest.raises(PackBroken, match="block 0 cannot be opened"):
        SealedBlocks(stream, swapped, KEY.blocks(), len(CONTENT)).read(1, 0)
    assert swapped.root != table.root


def test_the_key_of_another_file_opens_no_block() -> None:
    out, table = sealed()
    with pytest.raises(PackBroken, match="cannot be opened"):
        SealedBlocks(out, table, ContentKey(bytes(31) + b"1").blocks(), len(CONTENT)).read(1, 0)


def test_a_block_of_another_length_than_stated_is_refused() -> None:
    """As of a signed size that does not fit the blocks."""
    out, table = sealed()
    with pytest.raises(PackBroken, match="another length"):
        SealedBlocks(out, table, KEY.blocks(), len(CONTENT) - 1).read(10, len(CONTENT) - 20)


def test_a_table_is_read_as_it_was_written() -> None:
    _, table = sealed()
    again = BlockTable.from_bytes(table.to_bytes())
    assert (again.root, len(again), again.length) == (table.root, len(table), table.length)
    assert encode_base64url(again.root) != encode_base64url(BlockTable().root)
    with pytest.raises(PackBroken, match="truncated"):
        BlockTable.from_bytes(table.to_bytes()[:-1])
