"""Tables as people make them with a spreadsheet: any usual form is read, and what is wrong is said of its line."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.records.batch.models import MAX_LINE_BYTES
from shared.records.batch.table import HeaderRefused, LineUnreadable, Table, raw_lines

KNOWN = ("vin", "plate", "country", "engine_number", "own_reference")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("beginning", [b"", codecs.BOM_UTF8])
def test_a_table_has_any_usual_delimiter_and_names_in_any_writing(delimiter: str, beginning: bytes) -> None:
    """A spreadsheet writes a mark of byte order, and a semicolon where the comma is decimal."""
    header = delimiter.join(("VIN", '"Engine number"', "own-reference"))
    table = Table.of_header(beginning + header.encode() + b"\r\n", KNOWN)
    row = table.row(delimiter.join((" ZAR 937 ", "", f'"lane {delimiter} ""3"""')).encode() + b"\r\n")
    assert row == {"vin": "ZAR 937", "own_reference": f'lane {delimiter} "3"'}


@pytest.mark.parametrize(
    ("header", "says"),
    [
        (b"vin,palte", "no column is called 'palte': did you mean plate?"),
        (b"registration;vin", "no column is called 'registration': the first line must name the columns"),
        (b"WVWZZZ1JZ1W000001", "the first line must name the columns, and those known here are vin, plate"),
        (b"vin,,plate", "a column has no name: name it in the first line, or remove the column from the table"),
        (b"vin,VIN", "two columns are called vin"),
        (b"vin,pl\xe4te", "the header is not UTF-8: save the file as UTF-8"),
        ("vin,plate".encode("utf-16"), "the table is UTF-16: save the file as UTF-8"),
        (b'"vin,plate', "quotation mark that is not closed"),
        (b",".join(b"%d" % each for each in range(300)), "the header has 300 columns"),
        (b"vin,plate\rA1,FZ\r", "the header contains a carriage return: end each line with a line feed"),
        (b"v" * (MAX_LINE_BYTES + 1), "the header has more than"),
    ],
)
def test_a_wrong_header_is_refused_with_what_to_change(header: bytes, says: str) -> None:
    """Otherwise each line would be searched by the wrong column."""
    with pytest.raises(HeaderRefused, match=says.replace("?", r"\?")):
        Table.of_header(header, KNOWN)


def test_columns_that_are_left_out_are_not_read() -> None:
    """As they may hold what nobody else is to see."""
    table = Table.of_header(b"customer;vin;branch", KNOWN, left_out=("Customer", "branch"))
    assert table.row(b"Somebody;A1;north") == {"vin": "A1"}
    with pytest.raises(HeaderRefused, match="'custmer', which is to be left out: did you mean customer"):
        Table.of_header(b"customer;vin", KNOWN, left_out=("custmer",))
    with pytest.raises(HeaderRefused, match="names no column"):
        Table.of_header(b"customer", KNOWN, left_out=("customer",))


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"A1,FZ\xe9,FR", "is not UTF-8: byte 6 of the line is 0xe9; save the file as UTF-8"),
        (b'A1,"FZ,FR', "has a quotation mark that is not closed"),
        (b'A1,"FZ"512,FR', "has text outside of quotation marks"),
        (b"A1,FZ", "has 2 cells, and the header 3 columns"),
        (b"A1;FZ;FR", "has 1 cell, and the header 3 columns: separate its cells by a comma, as the header does"),
        (b"A1,FZ,FR,more", "has 4 cells, and the header 3 columns: put a cell that has a comma in quotation marks"),
        (b"A1\0,FZ,FR", r"contains the character U\+0000"),
        (b"A1,FZ\rA2,FR\n", "contains a carriage return"),
        (b'A1,"FZ\rA2",FR\n', "contains a carriage return"),
        (b"A" * (MAX_LINE_BYTES + 1), "has more than 65,536 bytes"),
    ],
)
def test_an_unreadable_line_says_what_to_change(raw: bytes, says: str) -> None:
    """The others are read."""
    table = Table.of_header(b"vin,plate,country", KNOWN)
    with pytest.raises(LineUnreadable, match=says):
        table.row(raw)
    assert table.row(b"A1,FZ,FR,,") == {"vin": "A1", "plate": "FZ", "country": "FR"}


@given(st.binary(max_size=200))
def test_any_bytes_are_a_row_or_an_unreadable_line(raw: bytes) -> None:
    """Nothing else is raised, and no cell is empty or has spaces around it."""
    table = Table.of_header(b"vin,plate,country", KNOWN)
    for _, line in raw_lines(raw):
        try:
            row = table.row(line)
        except LineUnreadable:
            continue
        assert all(value and value == value.strip() for value in row.values())
        assert row.keys() <= {"vin", "plate", "country"}


def test_blank_lines_are_counted_and_not_read() -> None:
    """So that a number is that of an editor. A carriage return alone does not end a line."""
    assert [*raw_lines(b"vin\r\n\r\nA1\r\n  \r\nA2\rA3")] == [(1, b"vin\r\n"), (3, b"A1\r\n"), (5, b"A2\rA3")]
