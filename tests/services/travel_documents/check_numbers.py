"""Check digits that are right, or wrong by so much."""

from shared.mrz.check_digits import check_digit


def right_number(number: str, by: int = 0) -> str:
    return str((int(check_digit(number)) + by) % 10)
