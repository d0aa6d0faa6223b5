"""Words of messages that depend on a number."""


def counted(number: int, one: str, more: str = "") -> str:
    """Return a number of things in words, such as `1 record` and `2,000 records`; `more` if that takes no plain s."""
    return f"{number:,} {one if number == 1 else more or f'{one}s'}"
