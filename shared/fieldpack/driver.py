"""SQLite over the sealed blocks of a pack: pages are decrypted as they are read, and nothing is written but in memory.

The database has the tables of the service, so that a post searches by the very code of the service. SQLite reads
through a VFS of APSW, as the driver of Python has none; SQLAlchemy uses it through the few calls of PEP 249 below.
"""

from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any, Final, Protocol

import apsw
import sqlalchemy as sa
from sqlalchemy.pool import StaticPool

from shared.compat.sqlite_dialect import create_sqlite_engine

_SECTOR_BYTES: Final = 4096
_names: Final = count(1)


class Pages(Protocol):
    """What SQLite reads."""

    size: int

    def read(self, amount: int, offset: int) -> bytes:
        """Return bytes at a place."""

    def close(self) -> None:
        """Release what is read."""


class _SealedFile:
    """The one file of a VFS, as SQLite calls it."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802 - the name of SQLite, as those below
        return self._pages.read(amount, offset)

    def xFileSize(self) -> int:  # noqa: N802
        return self._pages.size

    def xClose(self) -> None:  # noqa: N802
        self._pages.close()

    def xLock(self, _level: int) -> None:  # noqa: N802
        """Nobody writes."""

    def xUnlock(self, _level: int) -> None:  # noqa: N802
        """Nobody writes."""

    def xCheckReservedLock(self) -> bool:  # noqa: N802
        return False

    def xSectorSize(self) -> int:  # noqa: N802
        return _SECTOR_BYTES

    def xDeviceCharacteristics(self) -> int:  # noqa: N802
        return apsw.SQLITE_IOCAP_IMMUTABLE

    def xFileControl(self, _operation: int, _pointer: int) -> bool:  # noqa: N802
        return False


class _SealedVfs(apsw.VFS):
    """A VFS with one file."""

    def __init__(self, name: str, pages: Pages) -> None:
        super().__init__(name, base="")
        self._pages = pages

    def xOpen(self, _name: Any, _flags: Any) -> Any:  # noqa: N802
        return _SealedFile(self._pages)

    def xAccess(self, _path: str, _flags: int) -> bool:  # noqa: N802
        return False

    def xFullPathname(self, name: str) -> str:  # noqa: N802
        return name


class _Connection:
    """The connection of PEP 249 that SQLAlchemy uses, over one of APSW."""

    isolation_level: Any = None

    def __init__(self, connection: apsw.Connection, vfs: _SealedVfs) -> None:
        self._connection = connection
        self._vfs = vfs

    def cursor(self) -> "_Cursor":
        return _Cursor(self._connection.cursor())

    def create_function(self, *_named: Any, **_options: Any) -> None:
        """Those that SQLAlchemy adds are for regular expressions, which no search uses."""

    def commit(self) -> None:
        """Nothing is written."""

    def rollback(self) -> None:
        """Nothing is written."""

    def close(self) -> None:
        self._connection.close()
        self._vfs.unregister()


class _Cursor:
    rowcount = -1
    lastrowid = None
    arraysize = 1

    def __init__(self, cursor: apsw.Cursor) -> None:
        self._cursor = cursor
        self.description: Any = None
        # Known before the first row, and so also where there is none.
        cursor.exec_trace = self._describe

    def _describe(self, cursor: apsw.Cursor, _statement: str, _bindings: Any) -> bool:
        columns = cursor.get_description()
        self.description = [(name, None, None, None, None, None, None) for name, _ in columns] or None
        return True

    def execute(self, statement: str, parameters: Sequence[Any] = ()) -> "_Cursor":
        self._cursor.execute(statement, parameters)
        return self

    def executemany(self, statement: str, parameters: Sequence[Sequence[Any]]) -> "_Cursor":
        self._cursor.executemany(statement, parameters)
        return self

    def fetchall(self) -> list[Any]:
        return self._cursor.fetchall()

    def fetchone(self) -> Any:
        return self._cursor.fetchone()

    def fetchmany(self, size: int = 1) -> list[Any]:
        return [row for _, row in zip(range(size), self, strict=False)]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._cursor)

    def close(self) -> None:
        self._cursor.close()


class _Driver:
    """The module of PEP 249."""

    paramstyle = "qmark"
    sqlite_version_info = tuple(map(int, apsw.sqlite_lib_version().split(".")))
    sqlite_version = apsw.sqlite_lib_version()
    Error = apsw.Error
    DatabaseError = InterfaceError = OperationalError = ProgrammingError = apsw.Error
    IntegrityError = NotSupportedError = DataError = InternalError = apsw.Error


def sealed_engine(pages: Pages) -> sa.Engine:
    """Return an engine with one connection to the database in some pages, which is only read."""
    name = f"i247-field-pack-{next(_names)}"
    vfs = _SealedVfs(name, pages)
    flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
    connection = apsw.Connection("file:pack?immutable=1", flags=flags, vfs=name)
    # Before anything temporary is made, so that it is not written to a file.
    for pragma in ("temp_store = MEMORY", "cache_size = -16384", "cell_size_check = ON"):
        connection.execute(f"PRAGMA {pragma}")
    return create_sqlite_engine(
        None, module=_Driver, creator=lambda: _Connection(connection, vfs), poolclass=StaticPool
    )
