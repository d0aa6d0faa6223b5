"""The parser of the Range header, compared with a second implementation of RFC 9110 section 14.1.2."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.messages.downloads import RangeNotSatisfiable, requested_range

SIZES = st.integers(0, 50)
PLACES = st.one_of(st.none(), st.integers(0, 60))


def range_by_the_rfc(first: int | None, last: int | None, size: int) -> tuple[int, int] | str | None:
    """Return the wanted bytes by looking at each of them (RFC 9110 section 14.1.2)."""
    if (first is None and last is None) or (first is not None and last is not None and last < first):
        return None
    if first is None:
        assert last is not None
        wanted = list(range(size))[-last:] if last else []
    else:
        wanted = [place for place in range(size) if place >= first and (last is None or place <= last)]
    return (wanted[0], wanted[-1]) if wanted else "nothing"


@given(PLACES, PLACES, SIZES)
def test_a_range_is_parsed_as_rfc_9110_requires(first: int | None, last: int | None, size: int) -> None:
    """For every pair of positions, present or absent, in a file of any size."""
    header = f"bytes={'' if first is None else first}-{'' if last is None else last}"
    found: tuple[int, int] | str | None
    try:
        found = requested_range(header, size)
    except RangeNotSatisfiable:
        found = "nothing"
    assert found == range_by_the_rfc(first, last, size)


@given(st.text(max_size=30), SIZES)
def test_no_header_value_breaks_the_range_parser(header: str, size: int) -> None:
    """An unreadable header counts as none."""
    try:
        found = requested_range(header, size)
    except RangeNotSatisfiable:
        return
    assert found is None or 0 <= found[0] <= found[1] < size
