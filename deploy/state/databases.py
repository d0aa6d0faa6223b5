"""The PostgreSQL databases of a mesh: which are missing, and how to create them.

There is one for each service and one for the mailboxes of all bureaus. The processes create their tables themselves.
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from deploy.state.errors import StartRefused
from deploy.state.settings import Settings

if TYPE_CHECKING:
    import asyncpg
    import sqlalchemy as sa

CONNECT_SECONDS: Final = 10.0
# Every server has it, unless an administrator has dropped it.
MAINTENANCE: Final = "postgres"
ENCODING: Final = "UTF8"
_TAKEN: Final = (
    "SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int"
)


class ServerNotReached(StartRefused):
    """The PostgreSQL server cannot be used now. A retry may succeed."""


async def require_databases(settings: Settings, names: Iterable[str], *, reached: bool = False) -> None:
    """Raise StartRefused if a database is missing or cannot be used, or if the server must be `reached` and is not."""
    try:
        missing = [url for url in _urls(settings, names) if not await _is_there(url)]
    except ServerNotReached:
        if reached:
            raise
        return
    if missing:
        raise StartRefused(f"{_missing(missing)}: run `i247 provision`, or let an administrator run: {_sql(missing)}")


async def require_connections(settings: Settings, names: Iterable[str], processes: int) -> None:
    """Raise StartRefused if so many processes may open more connections than their server accepts."""
    urls, needed = _urls(settings, names), processes * settings.store_connections
    if len(set(map(_place, urls))) != 1:
        # The stores are files, or on several servers.
        return
    async with connected(urls[0]) as connection:
        taken = await connection.fetchval(_TAKEN)
    if needed > taken:
        raise StartRefused(
            f"{processes} processes may open {needed} connections to PostgreSQL, which accepts {taken}: "
            f"set I247_STORE_CONNECTIONS to {taken // processes} or less, or raise max_connections of the server"
        )


async def make_databases(settings: Settings, names: Iterable[str]) -> list[str]:
    """Create the missing databases and return their names. Raises StartRefused if the role may not."""
    missing = [url for url in _urls(settings, names) if not await _is_there(url)]
    for number, url in enumerate(missing):
        if not await _make(url):
            left, why = missing[number:], f"the role {url.username} may not create databases"
            raise StartRefused(f"{_missing(left)}, and {why}: let an administrator run: {_sql(left)}")
    return [_name(url) for url in missing]


def _urls(settings: Settings, names: Iterable[str]) -> "list[sa.URL]":
    """Return one URL for each database; none if the stores are files."""
    if settings.store_url is None or not settings.store_url.startswith("postgresql"):
        return []
    # Imported here, because most meshes use files and need not wait for it.
    import sqlalchemy as sa

    try:
        return list(dict.fromkeys(sa.make_url(settings.store_of(name)) for name in names))
    except sa.exc.ArgumentError as error:
        raise StartRefused("I247_STORE_URL cannot be read: write postgresql://user@host/i247_{service}") from error


def database_url(settings: Settings, name: str) -> "sa.URL":
    """Return the URL of the database of a service. Raises StartRefused."""
    [url] = _urls(settings, [name])
    return url


async def _is_there(url: "sa.URL") -> bool:
    import asyncpg

    try:
        async with connected(url) as connection:
            encoding = await connection.fetchval("SHOW server_encoding")
    except asyncpg.InvalidCatalogNameError:
        return False
    except asyncpg.InsufficientPrivilegeError as error:
        raise StartRefused(f"the database {_name(url)} cannot be used by the role {url.username}: {error}") from error
    if encoding != ENCODING:
        raise StartRefused(f"the database {_name(url)} has the encoding {encoding}: it must be {ENCODING}")
    return True


async def _make(url: "sa.URL") -> bool:
    import asyncpg

    try:
        async with connected(url.set(database=MAINTENANCE)) as connection:
            await connection.execute(_create(url))
    except asyncpg.DuplicateDatabaseError:
        # Another process was faster.
        return True
    except (asyncpg.InsufficientPrivilegeError, asyncpg.InvalidCatalogNameError):
        return False
    except asyncpg.PostgresError as error:
        raise StartRefused(f"the database {_name(url)} cannot be created: {error}") from error
    return True


@asynccontextmanager
async def connected(url: "sa.URL") -> "AsyncIterator[asyncpg.Connection]":
    """Connect as the stores do. Raises StartRefused, InvalidCatalogNameError, InsufficientPrivilegeError."""
    import asyncpg
    from sqlalchemy.dialects.postgresql.asyncpg import dialect

    _, options = dialect().create_connect_args(url.difference_update_query(["schema"]))  # type: ignore[no-untyped-call]
    try:
        connection = await asyncpg.connect(**options, timeout=CONNECT_SECONDS)
    except (asyncpg.InvalidCatalogNameError, asyncpg.InsufficientPrivilegeError):
        raise
    except (asyncpg.InvalidAuthorizationSpecificationError, TypeError, ValueError) as error:
        raise StartRefused(f"PostgreSQL at {_place(url)} refuses the login in I247_STORE_URL: {error}") from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        cause = str(error) or type(error).__name__
        raise ServerNotReached(f"PostgreSQL at {_place(url)} cannot be reached: {cause}") from error
    try:
        yield connection
    finally:
        await connection.close()


def _create(url: "sa.URL") -> str:
    # Texts sort by their bytes, as in SQLite, whatever version the system's libraries have.
    return f"CREATE DATABASE {_quoted(_name(url))} TEMPLATE template0 ENCODING '{ENCODING}' LOCALE 'C'"


def _sql(urls: "list[sa.URL]") -> str:
    owners = (f" OWNER {_quoted(url.username)}" if url.username else "" for url in urls)
    return " ".join(f"{_create(url)}{owner};" for url, owner in zip(urls, owners, strict=True))


def _missing(urls: "list[sa.URL]") -> str:
    names = ", ".join(map(_name, urls))
    return f"{'the database' if len(urls) == 1 else 'these databases'} of I247_STORE_URL must exist first: {names}"


def _name(url: "sa.URL") -> str:
    return url.database or url.username or ""


def _place(url: "sa.URL") -> str:
    return f"{url.host or url.query.get('host', 'localhost')}:{url.port or 5432}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
