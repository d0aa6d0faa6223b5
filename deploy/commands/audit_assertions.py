"""Asserts over the audit logs of a running mesh: fetches and verifies each, and checks a file of assertions."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

import msgspec.yaml
import yaml  # type: ignore[import-untyped]

from deploy.commands.audit_log import RemoteLog, auditing, write_log
from deploy.commands.offline_check import read_file, read_root
from deploy.state.errors import WrongUsage
from deploy.state.settings import Settings
from shared.audit.format.assertions import Assertions
from shared.audit.format.proof_file import MAX_HEADER, lines_of
from shared.audit.verify.assertions import ReadLog, check, read_log
from shared.audit.verify.full_log import verify_log
from shared.crypto.ed25519 import VerifyingKey
from shared.protocol.check_report import Finding, named
from shared.protocol.directory import Directory
from shared.protocol.witnesses import trust_by

MAX_FILE: Final = 1024 * 1024


class FetchedLog(NamedTuple):
    """The full log of a service, as an auditor got it, in a file."""

    service: str
    file: Path


def read_assertions(file: Path) -> Assertions:
    """Return the assertions in a file of YAML or JSON. Raises WrongUsage."""
    raw = read_file(file, MAX_FILE + 1)
    if len(raw) > MAX_FILE:
        raise WrongUsage(f"{file!s} exceeds {MAX_FILE} bytes")
    try:
        # Each block of the same name would silently replace the one before.
        _require_distinct_keys(yaml.compose(raw, Loader=yaml.SafeLoader))
        return msgspec.yaml.decode(raw, type=Assertions)
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        says = " ".join(str(error).split())
        raise WrongUsage(f"{file!s} has no assertions: {says[:300]}") from error


def _require_distinct_keys(root: Any) -> None:
    """Raise ValueError where a mapping has a key twice."""
    waiting, seen = [root], set[int]()
    while waiting:
        node = waiting.pop()
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
            if repeated := [key for key in keys if keys.count(key) > 1]:
                raise ValueError(f"{repeated[0]} is stated twice in one place")
            waiting += [value for _, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            waiting += node.value


def assert_logs(
    settings: Settings, assertions: Assertions, services: Sequence[str], bureau: str | None
) -> Iterator[Finding]:
    """Fetch the logs of services as an auditor sees them; yield whether they are sound, and each assertion holds."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        auditor, client, directory = stack.enter_context(auditing(settings, bureau))
        root = read_root(None, settings.state_dir.root_public_key)
        read = list[ReadLog]()
        for service in services:
            fetched = fetch_log(RemoteLog(client, service, directory), folder)
            if fetched is None:
                yield Finding(f"log of {service}", True, "no leaves")
                read.append(ReadLog(service, (), (), ()))
                continue
            findings, log = verified(fetched, root, directory)
            yield from findings
            if log is not None:
                read.append(log)
        yield from check(assertions, read, auditor, services)


def fetch_log(log: RemoteLog, folder: Path) -> FetchedLog | None:
    """Write the log of a service as it is now into a folder, once a checkpoint covers its leaves; None without any."""
    leaves, file = log.leaves_now(), folder / f"{log.service}.audit"
    if not leaves:
        return None
    write_log(log, file, least=leaves)
    return FetchedLog(log.service, file)


def verified(fetched: FetchedLog, root: VerifyingKey, directory: Directory) -> tuple[list[Finding], ReadLog | None]:
    """Return what is wrong with a log, or that nothing is, and its acts if so."""
    with fetched.file.open("rb") as stream:
        findings = verify_log(lines_of(stream), root, trust=trust_by(directory.entries()))
    wrong = [named(f"log of {fetched.service}, {each.check}", each) for each in findings.found if not each.ok]
    if not findings.ok or findings.content is None:
        return wrong, None
    log = read_file_log(fetched)
    size = findings.content.attested.checkpoint.size
    unread = f", of which {len(log.unread)} could not be read" if log.unread else ""
    seen = ", ".join(each.bureau for each in findings.content.attested.witnesses)
    sound = Finding(f"log of {fetched.service}", True, f"{size} leaves{unread}; cosigned by {seen}")
    return [*wrong, sound], log


def read_file_log(fetched: FetchedLog) -> ReadLog:
    """Return the acts in the file of a log that was verified."""
    with fetched.file.open("rb") as stream:
        stream.readline(MAX_HEADER)
        return read_log(fetched.service, stream)
