"""A program that sends one message again and again as fast as the broker takes it: `python -m tests.attacks.flood`."""

import asyncio
import json
import sys
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from tests.system.wire import credentials

BURST = 500
ATTEMPTS = 5
# The placeholder for the number of a message in a subject.
NUMBER = "{number}"


async def flood(url: str, user: tuple[str, str], subject: str, count: int, body: bytes, headers: bytes) -> None:
    """Publish `count` messages with a reply subject, read all answers, and close the connection."""
    name, seed = user
    where = urlsplit(url)
    assert where.hostname is not None
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    information = json.loads((await reader.readline()).removeprefix(b"INFO "))
    about = {"verbose": False, "pedantic": False, "headers": True, "no_responders": True}
    writer.write(f"CONNECT {json.dumps(about | credentials(seed, information['nonce']))}\r\n".encode())
    inbox = f"_INBOX.{name}.flood".encode()
    writer.write(b"SUB %b 1\r\n" % inbox)
    draining = asyncio.create_task(_drain(reader))
    for burst in range(count // BURST):
        numbers = range(burst * BURST, (burst + 1) * BURST)
        subjects = (subject.replace(NUMBER, str(number)).encode() for number in numbers)
        writer.write(b"".join(_frame(each, inbox, headers, body) for each in subjects))
        await writer.drain()
    writer.write(b"PING\r\n")
    await writer.drain()
    # By then the broker has processed all.
    await draining
    writer.close()


def _frame(subject: bytes, inbox: bytes, headers: bytes, body: bytes) -> bytes:
    if not headers:
        return b"PUB %b %b %d\r\n%b\r\n" % (subject, inbox, len(body), body)
    block = b"NATS/1.0\r\n%b\r\n\r\n" % headers
    return b"HPUB %b %b %d %d\r\n%b%b\r\n" % (subject, inbox, len(block), len(block) + len(body), block, body)


async def _drain(reader: asyncio.StreamReader) -> None:
    end = b""
    with suppress(ConnectionError):
        while b"PONG\r\n" not in end and (data := await reader.read(1 << 20)):
            end = end[-len(b"PONG\r\n") :] + data


if __name__ == "__main__":
    _, to, key, on, many, what, with_headers = sys.argv
    seed_file, arguments = Path(key), (on, int(many), what.encode(), with_headers.encode())
    # A slow reader is disconnected, and connects again; one that is refused gives up.
    for _ in range(ATTEMPTS):
        with suppress(ConnectionError):
            asyncio.run(flood(to, (seed_file.stem, seed_file.read_text().strip()), *arguments))
            break
