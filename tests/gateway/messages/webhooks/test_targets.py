"""Where webhooks may be sent, by the addresses behind a name."""

import asyncio
import socket
import threading
from ipaddress import ip_address

import pytest

from gateway.messages.webhooks import targets as targets_module
from gateway.messages.webhooks.targets import (
    PRIVATE_TARGETS_SETTING,
    Resolver,
    TargetRefused,
    Targets,
    Unresolved,
    is_public,
)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0"),  # noqa: S104
        *("100.64.0.1", "100.100.100.200", "192.0.0.9", "192.0.2.1", "192.88.99.1", "198.18.0.1", "203.0.113.7"),
        *("224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "168.63.129.16"),
        *("::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:1.1.1.1", "64:ff9b::7f00:1", "64:ff9b::101:101"),
        *("64:ff9b:1::1", "100::1", "2001::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:101:101::"),
        *("3fff::1", "5f00::1", "fc00::1", "fd12::1", "fe80::1", "fe80::1%1", "fec0::1", "ff02::1"),
    ],
)
def test_a_special_purpose_address_is_not_public(address: str) -> None:
    """Loopback, private, link-local, multicast, reserved, unspecified, and IPv4 embedded in IPv6."""
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "2a00:1450:4001::8a"])
def test_a_global_address_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    ("url", "authority", "path"),
    [
        ("https://hooks.example.org", "hooks.example.org", "/"),
        ("https://hooks.example.org/", "hooks.example.org", "/"),
        ("HTTPS://Hooks.Example.ORG:443/A/b%20c?d=e&f", "hooks.example.org", "/A/b%20c?d=e&f"),
        ("https://hooks.example.org:8443?d=e", "hooks.example.org:8443", "/?d=e"),
        ("https://xn--bcher-kva.example/", "xn--bcher-kva.example", "/"),
        ("https://[2606:4700::1111]:8443/a", "[2606:4700::1111]:8443", "/a"),
        ("https://[2606:4700::1111]/", "[2606:4700::1111]", "/"),
        ("https://1.1.1.1/", "1.1.1.1", "/"),
    ],
)
def test_a_url_is_parsed_into_authority_and_path(url: str, authority: str, path: str) -> None:
    """The path keeps its query."""
    target = Targets(private=False).parse(url)
    assert (target.scheme, target.authority, target.path) == ("https", authority, path)


@pytest.mark.parametrize(
    "url",
    [
        *("", "hooks.example.org", "//hooks.example.org/", "https:hooks.example.org", "https:///a", "https://"),
        *("ftp://hooks.example.org/", "file:///etc/passwd", "gopher://x/", "http://hooks.example.org/"),
        *("https://user@hooks.example.org/", "https://user:word@hooks.example.org/", "https://@hooks.example.org/"),
        *("https://hooks.example.org/#a", "https://hooks.example.org/#", "https://1.1.1.1#@hooks.example.org/"),
        *("https://hooks.example.org:0/", "https://hooks.example.org:65536/", "https://hooks.example.org:x/"),
        *("https://hooks.example.org:-1/", "https://hooks.example.org:８０/"),
        *("https://hooks.example.org/a b", "https://hooks.example.org/\ta", "https://hooks.example.org/\r\nX: y"),
        *("https://hooks.example.org\\@127.0.0.1/", "https://bücher.example/", "https://hooks.example.org/ü"),
        *(
            "https://[::1",
            "https://[fe80::1%25eth0]/",
            "https://[v1.x]/",
            "https://[1.1.1.1]/",
            "https://hooks..example/",
        ),
        "https://-a.b/",
        *("https://hooks.example.org./", "https://ho%6fks.example/", f"https://{'a' * 64}.example/"),
    ],
)
def test_an_ambiguous_or_unsupported_url_is_refused(url: str) -> None:
    """Other schemes, credentials, fragments, bad ports, odd characters, malformed hosts."""
    with pytest.raises(TargetRefused):
        Targets(private=False).parse(url)


def test_the_setting_allows_plain_http() -> None:
    """With the default port of the scheme."""
    target = Targets(private=True).parse("http://desk.internal/a")
    assert (target.scheme, target.port, target.authority) == ("http", 80, "desk.internal")


def test_the_refusal_of_plain_http_names_the_setting_that_allows_it() -> None:
    """A receiver on the own machine has no certificate. No setting allows other schemes."""
    with pytest.raises(TargetRefused, match=f"{PRIVATE_TARGETS_SETTING}=true"):
        Targets(private=False).parse("http://localhost:3000/hook")
    with pytest.raises(TargetRefused) as refused:
        Targets(private=False).parse("ftp://hooks.example.org/")
    assert str(refused.value).endswith("must begin with https://")
    with pytest.raises(TargetRefused, match="must begin with https:// or http://"):
        Targets(private=True).parse("ftp://hooks.example.org/")


async def addresses_of(*found: str, private: bool) -> list[str]:
    async def resolve(_host: str, _port: int) -> list[str]:
        return list(found)

    targets = Targets(private=private, resolve=resolve)
    return await targets.addresses(targets.parse("https://hooks.example.org/"))


async def test_a_name_with_any_address_that_is_not_public_is_refused() -> None:
    """One is enough, as any of them could be connected to."""
    assert await addresses_of("1.1.1.1", "2606:4700::1111", private=False) == ["1.1.1.1", "2606:4700::1111"]
    with pytest.raises(TargetRefused, match=f"not public; .*{PRIVATE_TARGETS_SETTING}=true"):
        await addresses_of("1.1.1.1", "10.0.0.1", private=False)


async def test_the_setting_allows_private_but_not_multicast_or_unspecified_addresses() -> None:
    """Loopback is allowed, too."""
    assert await addresses_of("127.0.0.1", "fd12::1", private=True) == ["127.0.0.1", "fd12::1"]
    for address in ("224.0.0.1", "0.0.0.0", "::", "ff02::1"):  # noqa: S104
        with pytest.raises(TargetRefused, match="multicast or unspecified"):
            await addresses_of(address, private=True)


async def test_a_name_without_an_address_raises_unresolved() -> None:
    with pytest.raises(Unresolved):
        await addresses_of(private=True)


async def test_names_are_resolved_by_the_system_resolver() -> None:
    """Every notation of loopback resolves to loopback."""
    for host in ("localhost", "127.0.0.1", "2130706433", "0x7f.1", "127.1"):
        assert set(await Resolver().resolve(host, 80)) <= {"127.0.0.1", "::1"}
    with pytest.raises(OSError, match=r"."):
        await Resolver().resolve("nothing.invalid", 80)


@pytest.mark.thorough
async def test_lookups_of_a_name_time_out_and_share_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Callers give up, later callers join the same lookup, and other threads stay free."""
    answers, asked = threading.Event(), []

    def getaddrinfo(host: str, _port: int, **_: object) -> list[object]:
        asked.append(host)
        answers.wait(5)
        return [(0, 0, 0, "", ("1.1.1.1", 80))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(targets_module, "RESOLVE_SECONDS", 0.02)
    targets = Targets(private=False)
    target = targets.parse("https://hooks.example.org/")
    for _ in range(20):
        with pytest.raises(Unresolved):
            await targets.addresses(target)
    assert await asyncio.to_thread(lambda: 7) == 7
    assert asked == ["hooks.example.org"]
    monkeypatch.setattr(targets_module, "RESOLVE_SECONDS", 5.0)
    answers.set()
    assert await targets.addresses(target) == ["1.1.1.1"]
