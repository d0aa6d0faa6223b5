"""Numbers of notices: drawn at random, and never given twice."""

from collections.abc import Callable
from typing import Final

import sqlalchemy as sa

from services.notices.notice_tables import notice_numbers
from services.notices.rules import draw_number
from shared.records import service_kit as kit

_give: Final = kit.insert(notice_numbers).on_conflict_do_nothing()
_taken: Final = sa.select(notice_numbers.c.number).where(
    notice_numbers.c.year == sa.bindparam("of_year"), notice_numbers.c.number.in_(sa.bindparam("drawn", expanding=True))
)


async def give_number(session: kit.Session, year: int, randbytes: Callable[[int], bytes]) -> int:
    """Draw a number of a year that no notice ever had, and reserve it once the transaction is committed."""
    while True:
        number = draw_number(randbytes)
        if await session.execute(_give, {"year": year, "number": number}):
            return number


async def give_numbers(session: kit.Session, year: int, count: int, randbytes: Callable[[int], bytes]) -> list[int]:
    """Draw many numbers of a year as `give_number` draws one."""
    drawn = dict.fromkeys(draw_number(randbytes) for _ in range(count))
    rows = await session.fetch(_taken, {"of_year": year, "drawn": list(drawn)}) if drawn else ()
    taken = {row.number for row in rows}
    free = [number for number in drawn if number not in taken]
    if free:
        await session.insert(notice_numbers, ("year", "number"), [(year, number) for number in free])
    return free + await give_numbers(session, year, count - len(free), randbytes) if len(free) < count else free
