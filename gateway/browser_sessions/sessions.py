"""The sessions of officers in a browser: begun with a token, ended by the officer, by idleness or after a shift.

A session is a row in the mailbox of the officer's bureau, which all processes of the gateway share. Its cookie is the
only place that has what opens the token in it.
"""

import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import msgspec
import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from gateway.browser_sessions.tables import browser_sessions as stored
from shared.bureaus import BureauCode, is_participant
from shared.crypto.ed25519 import decode_base64url, encode_base64url
from shared.errors import Unauthenticated
from shared.identity import PURPOSES, Purpose
from shared.mailbox.host import MailboxHost
from shared.mailbox.mailbox import Mailbox
from shared.mailbox.pruning import RetentionRule
from shared.mailbox.store import MailStore
from shared.mailbox.times import milliseconds
from shared.storage import first_or_none

SECRET_BYTES: Final = 32
NONCE_BYTES: Final = 12
# A shift: after it, officers sign in again, however busy they are.
LONGEST: Final = timedelta(hours=12)
# The use of a session is recorded no more often, as each record is a write.
RECORDED_EVERY: Final = timedelta(minutes=1)
SESSIONS_OF_AN_OFFICER: Final = 20

_found: Final = sa.select(stored).where(stored.c.key == sa.bindparam("of"))
_add: Final = sa.insert(stored)
_use: Final = sa.update(stored).where(stored.c.key == sa.bindparam("of")).values(used=sa.bindparam("at"))
_choose: Final = sa.update(stored).where(stored.c.key == sa.bindparam("of")).values(purpose=sa.bindparam("chosen"))
_renew: Final = sa.update(stored).where(stored.c.key == sa.bindparam("of")).values(sealed=sa.bindparam("token"))
_end: Final = sa.delete(stored).where(stored.c.key == sa.bindparam("of"))
_end_all: Final = sa.delete(stored).where(stored.c.officer == sa.bindparam("by"))
_oldest: Final = (
    sa.select(stored.c.key)
    .where(stored.c.officer == sa.bindparam("by"))
    .order_by(stored.c.used.desc())
    .offset(SESSIONS_OF_AN_OFFICER - 1)
)


class BrowserSession(msgspec.Struct, frozen=True):
    """A session, opened by its cookie."""

    cookie: str
    bureau: BureauCode
    officer: str
    token: str
    purpose: Purpose | None
    """For which the officer uses the network at present; None before they have chosen."""

    began: int
    used: int
    """In milliseconds since 1970, as `began` and `ends`."""

    ends: int


class _Secret(msgspec.Struct, frozen=True):
    bureau: BureauCode
    raw: bytes

    @property
    def key(self) -> str:
        """What the session is stored under."""
        return encode_base64url(hashlib.sha256(self.raw).digest())

    @property
    def cookie(self) -> str:
        """What the browser keeps."""
        return f"{self.bureau}.{encode_base64url(self.raw)}"

    def seal(self, token: str) -> str:
        """Return a token as it is stored."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return encode_base64url(nonce + self._cipher().encrypt(nonce, token.encode(), None))

    def unseal(self, sealed: str) -> str:
        """Return the token of what is stored. Raises InvalidTag."""
        raw = decode_base64url(sealed)
        return self._cipher().decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], None).decode()

    def _cipher(self) -> AESGCM:
        return AESGCM(HKDFExpand(SHA256(), 32, b"i247 token of a browser session").derive(self.raw))


def _secret_of(cookie: str) -> _Secret | None:
    bureau, _, encoded = cookie.partition(".")
    try:
        raw = decode_base64url(encoded)
    except ValueError:
        return None
    if len(raw) != SECRET_BYTES or not is_participant(bureau):
        return None
    return _Secret(BureauCode(bureau), raw)


class Sessions:
    """The browser sessions of the officers of a gateway."""

    def __init__(self, host: MailboxHost, idle: timedelta) -> None:
        """`idle`: a session ends when it was not used for so long."""
        self._host = host
        self._idle = milliseconds(idle.total_seconds())

    async def begin(self, bureau: BureauCode, officer: str, token: str, purpose: Purpose | None) -> BrowserSession:
        """Begin a session of an officer with a token. Of too many of theirs that ends which was unused for longest.

        Raises Unauthenticated, NotStored.
        """
        mailbox = await self._mailbox(bureau)
        secret, now = _Secret(bureau, secrets.token_bytes(SECRET_BYTES)), mailbox.now()
        ends = now + milliseconds(LONGEST.total_seconds())
        row = {"key": secret.key, "officer": officer, "sealed": secret.seal(token), "ends": ends}
        row |= {"purpose": purpose.value if purpose else "", "began": now, "used": now}

        async def add(store: MailStore) -> None:
            for old in await store.session.fetch(_oldest, {"by": officer}):
                await store.session.execute(_end, {"of": old.key})
            await store.session.execute(_add, row)

        await mailbox.write(add)
        return BrowserSession(secret.cookie, bureau, officer, token, purpose, now, now, ends)

    async def find(self, cookie: str) -> BrowserSession | None:
        """Return the session of a cookie; None if there is none, or it is over. Does NOT record that it is used."""
        secret = _secret_of(cookie)
        if secret is None:
            return None
        try:
            mailbox = await self._mailbox(secret.bureau)
        except Unauthenticated:
            return None
        row = first_or_none(await mailbox.reading.session.fetch(_found, {"of": secret.key}))
        if row is None or not row.began <= mailbox.now() < min(row.ends, row.used + self._idle):
            return None
        try:
            token = secret.unseal(row.sealed)
        except InvalidTag:
            return None
        purpose = PURPOSES.get(row.purpose)
        return BrowserSession(cookie, secret.bureau, row.officer, token, purpose, row.began, row.used, row.ends)

    async def use(self, session: BrowserSession) -> None:
        """Record that the officer does something, as far as it matters."""
        mailbox = await self._mailbox(session.bureau)
        now = mailbox.now()
        if now - session.used >= milliseconds(RECORDED_EVERY.total_seconds()):
            await self._change(session, lambda secret: (_use, {"of": secret.key, "at": now}))

    async def choose(self, session: BrowserSession, purpose: Purpose) -> None:
        """Use the network for a purpose from now on."""
        await self._change(session, lambda secret: (_choose, {"of": secret.key, "chosen": purpose.value}))

    async def renew(self, session: BrowserSession, token: str) -> BrowserSession:
        """Go on with a newer token of the same officer."""
        await self._change(session, lambda secret: (_renew, {"of": secret.key, "token": secret.seal(token)}))
        return msgspec.structs.replace(session, token=token)

    async def end(self, session: BrowserSession) -> None:
        """End a session."""
        await self._change(session, lambda secret: (_end, {"of": secret.key}))

    async def end_all(self, session: BrowserSession) -> None:
        """End all sessions of the officer of a session."""
        await self._change(session, lambda _secret: (_end_all, {"by": session.officer}))

    async def _change(
        self, session: BrowserSession, change: Callable[[_Secret], tuple[sa.Executable, dict[str, object]]]
    ) -> None:
        secret = _secret_of(session.cookie)
        assert secret is not None  # noqa: S101 - it opened the session
        statement, parameters = change(secret)
        mailbox = await self._mailbox(session.bureau)
        await mailbox.write(lambda store: store.session.execute(statement, parameters))

    async def _mailbox(self, bureau: BureauCode) -> Mailbox:
        return (await self._host.of(bureau)).mailbox


def register_browser_sessions(host: MailboxHost) -> None:
    """Register the retention rule of sessions."""
    host.add_retention(RetentionRule("browser sessions", stored, _is_over, _remove))


def _is_over(now: datetime) -> sa.ColumnElement[bool]:
    return stored.c.ends <= milliseconds(now.timestamp())


async def _remove(store: MailStore, now: datetime, limit: int) -> int:
    past = sa.select(stored.c.key).where(_is_over(now)).limit(limit)
    return await store.session.execute(sa.delete(stored).where(stored.c.key.in_(past)))
