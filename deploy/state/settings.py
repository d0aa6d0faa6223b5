"""Every setting, read from the environment in this one place and frozen; a bad one stops the start by its name."""

from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from shared.bureaus import DEFAULT_MEMBERS, MEMBERS, PARTICIPATING, SECRETARIAT, BureauCode, parse_bureau
from shared.errors import UnknownBureau
from shared.transport import BrokerQuotas
from shared.transport.tls_files import TlsFiles

MEBIBYTE = 1024 * 1024
GIBIBYTE = 1024 * MEBIBYTE
MAILBOX = "mailbox-"
MAILBOXES = "mailboxes"
MAX_PORT = 65535


class SettingsRefused(Exception):
    """A setting cannot be used; the message names it and says what to change."""


class Settings(BaseSettings):
    """The settings of one process. Each is read from the environment variable `I247_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="I247_", frozen=True, extra="ignore")

    home: Path = Field(Path("var"), description="Where keys, stores and logs live.")
    host: str = Field("127.0.0.1", description="The address that the gateway listens on.")
    port: int = Field(8247, ge=1, le=MAX_PORT, description="The port that the gateway listens on.")
    workers: int = Field(1, ge=1, le=64, description="How many processes serve each service.")
    gateway_workers: int = Field(1, ge=1, le=64, description="How many processes serve the gateway.")
    bureaus: Annotated[tuple[BureauCode, ...], NoDecode] = Field(
        DEFAULT_MEMBERS, description="The members whose gateway this is: codes with commas between them, or `all`."
    )

    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="The proxies whose `X-Forwarded-For` is believed: addresses or networks with commas between them.",
    )

    root_passphrase_file: Path | None = Field(
        None, description="A file with the passphrase of the root key, which the General Secretariat alone has."
    )
    root_pkcs11: str | None = Field(
        None,
        description="The root key in a device, as a PKCS #11 URI (RFC 7512) with `module-path`, `token` and `object`.",
    )
    root_pin_file: Path | None = Field(None, description="A file with the PIN of that device.")

    nats_port: int | None = Field(
        None, ge=1, le=65535, description="The port of the embedded NATS server; by default the port after `port`."
    )
    nats_host: str = Field("127.0.0.1", description="The address that the embedded NATS server listens on.")
    nats_url: str | None = Field(
        None, description="An outside NATS server to use instead of the embedded one: `tls://host:port`."
    )
    nats_ca: Path | None = Field(
        None,
        description="The certificate authority that vouches for the NATS server and all who connect to it; with it "
        "nothing goes without TLS.",
    )
    nats_certificate: Path | None = Field(
        None,
        description="The certificate shown to the NATS server, and by the embedded one; `{participant}` in the path "
        "stands for the name of who shows it, for the server `broker`.",
    )
    nats_key: Path | None = Field(None, description="The key of that certificate, in the same form.")

    broker_connections: int = Field(
        8, ge=2, le=1024, description="How many connections to the broker each participant may have."
    )
    broker_store_bytes: int = Field(
        4096 * MEBIBYTE, ge=64 * MEBIBYTE, description="What the posts of all participants may take on the broker."
    )
    broker_messages_per_second: int = Field(
        10_000,
        ge=1_000,
        description="How many messages a second each participant may exchange with the broker, answers included.",
    )
    broker_bytes_per_second: int = Field(
        128 * MEBIBYTE, ge=16 * MEBIBYTE, description="How many bytes a second these may have together."
    )
    bucket_bytes: int = Field(
        256 * MEBIBYTE,
        ge=80 * MEBIBYTE,
        description="What the attachments of one bureau may take on the broker until their recipients have them.",
    )

    store_url: str | None = Field(
        None,
        description="Where services remember: a PostgreSQL URL in which `{service}` stands for the name of the "
        "service, or `mailboxes`; by default a SQLite file each, under `home`.",
    )
    store_connections: int = Field(
        8, ge=2, le=1000, description="The most connections that each process keeps open to PostgreSQL."
    )
    body_limit: int = Field(4 * MEBIBYTE, ge=1024, le=7 * MEBIBYTE, description="The largest request body, in bytes.")
    connections: int | None = Field(
        None,
        ge=16,
        le=100_000,
        description="How many HTTP connections a gateway process has open at most; by default as many as the limit of "
        "open files (`ulimit -n`) leaves it, and not more than 10000.",
    )
    connections_per_address: int | None = Field(
        None,
        ge=1,
        description="How many of them one address may have, an IPv6 network of 64 bits being one; by default there is "
        "no such limit, as behind a proxy all come from one address. Loopback has none.",
    )
    token_minutes: int = Field(
        60, ge=1, le=24 * 60, description="How long a token of this gateway is good, whatever its `exp` says."
    )
    extraction_workers: int = Field(1, ge=1, le=64, description="How many processes extract fingerprint minutiae.")
    mailbox_bytes: int = Field(
        20 * GIBIBYTE,
        ge=256 * MEBIBYTE,
        description="How many bytes all others may store in the mailbox of a bureau, with attachments; services and "
        "the General Secretariat alone may use the last tenth.",
    )
    mailbox_messages: int = Field(5_000_000, ge=10, description="How many messages all others may store there.")
    mailbox_bytes_per_sender: int = Field(
        2 * GIBIBYTE, ge=128 * MEBIBYTE, description="How many bytes each other bureau may store there."
    )
    mailbox_messages_per_sender: int = Field(
        500_000, ge=1, description="How many messages each other bureau may store there."
    )
    outbox_bytes: int = Field(
        20 * GIBIBYTE, ge=128 * MEBIBYTE, description="How many bytes the officers of a bureau may store in its outbox."
    )
    outbox_messages: int = Field(5_000_000, ge=1, description="How many messages they may store there.")
    post_bytes: int = Field(
        64 * MEBIBYTE,
        ge=16 * MEBIBYTE,
        description="How many bytes a sender puts on the broker, without attachments, before recipients have signed.",
    )
    post_parcels: int = Field(
        2_000, ge=100, description="How many parcels a sender puts there, one for each recipient of a message."
    )
    webhook_private_targets: bool = Field(
        False, description="Whether webhooks may go to loopback and private addresses, and over plain HTTP."
    )
    clock: bool = Field(
        False, description="Whether all parts go by a clock that `/clock` and `i247 clock` move on: for tests alone."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="What is logged.")
    log_file: Path | None = Field(
        None,
        description="Where this process logs; by default to the standard error output. `i247 up` sets it for each.",
    )
    log_file_mib: int = Field(16, ge=1, le=4096, description="At how many MiB a log file is moved aside.")
    log_files_kept: int = Field(4, ge=1, le=100, description="How many log files are kept beside the present one.")

    oidc_issuer: str | None = Field(
        None, description="An outside OpenID provider whose tokens are taken, and no other."
    )
    oidc_jwks_url: str | None = Field(
        None,
        description="Where that provider publishes its keys; use HTTPS, or others could change them on the way.",
    )
    oidc_audience: str = Field("i247", description="The audience that its tokens must name.")
    oidc_bureau_claim: str = Field(
        "bureau", min_length=1, description="The claim in which its tokens name the officer's bureau."
    )
    oidc_bureaus: Annotated[tuple[BureauCode, ...] | None, NoDecode] = Field(
        None,
        description="The bureaus whose officers it may name: codes with commas between them, or `all` members; by "
        "default those in `I247_BUREAUS`. The General Secretariat (`IPSG`) is among them only if it is named here.",
    )
    oidc_scopes: Annotated[tuple[str, ...] | None, NoDecode] = Field(
        None,
        description="The scopes that it may grant, with commas between them; by default those that the officers and "
        "the auditors of a member may hold, none of the Secretariat's or the Commission's.",
    )
    oidc_token_type: Literal["at+jwt", "JWT"] = Field(
        "at+jwt",
        description="The `typ` of its access tokens (RFC 9068); `JWT` for a provider that types them no more closely: "
        "then no client of it may have the id that `I247_OIDC_AUDIENCE` states, or its ID tokens would name that.",
    )
    oidc_token_minutes: int = Field(
        120, ge=1, le=24 * 60, description="How long a token of it is good after its `iat`, whatever its `exp` says."
    )

    @field_validator("bureaus", mode="before")
    @classmethod
    def _parse_bureaus(cls, value: object) -> object:
        parsed = _bureaus(value)
        return tuple(code for code in parsed if code != SECRETARIAT) if isinstance(parsed, tuple) else parsed

    @field_validator("oidc_bureaus", mode="before")
    @classmethod
    def _parse_named_bureaus(cls, value: object) -> object:
        return _bureaus(value)

    @field_validator("oidc_scopes", mode="before")
    @classmethod
    def _parse_scopes(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(dict.fromkeys(scope.strip() for scope in value.split(",") if scope.strip()))

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _parse_networks(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        networks = [ip_network(network.strip()) for network in value.split(",") if network.strip()]
        if any(network.prefixlen == 0 for network in networks):
            raise ValueError("to trust all addresses is to trust any client: name the proxies alone")
        return tuple(map(str, networks))

    @field_validator("store_url")
    @classmethod
    def _require_a_place_for_each(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("postgresql://", "sqlite:///")):
            raise ValueError("must be of PostgreSQL, as in postgresql://user@host/i247_{service}")
        if value is not None and "{service}" not in value:
            raise ValueError("must hold {service}, as in postgresql://user@host/i247_{service}")
        return value

    @model_validator(mode="after")
    def _require_ports(self) -> Self:
        if self.embedded_nats_port > MAX_PORT:
            raise SettingsRefused(f"I247_PORT: after {self.port} there is no port for the broker: set I247_NATS_PORT")
        return self

    @model_validator(mode="after")
    def _require_tls_as_a_whole(self) -> Self:
        files = {"I247_NATS_CA": self.nats_ca, "I247_NATS_CERTIFICATE": self.nats_certificate}
        files["I247_NATS_KEY"] = self.nats_key
        missing = [name for name, file in files.items() if file is None]
        if 0 < len(missing) < len(files):
            raise SettingsRefused(f"{missing[0]}: TLS needs {', '.join(files)} together: set all or none")
        require_scheme(self.broker_url, tls=not missing)
        return self

    @property
    def embedded_nats_port(self) -> int:
        """The port of the embedded NATS server."""
        return self.nats_port or self.port + 1

    @property
    def nats_tls(self) -> TlsFiles | None:
        """The files for TLS with the NATS server; None where nothing is encrypted."""
        if self.nats_ca is None or self.nats_certificate is None or self.nats_key is None:
            return None
        return TlsFiles(self.nats_ca, self.nats_certificate, self.nats_key)

    @property
    def broker_url(self) -> str:
        """Where the NATS server is."""
        scheme = "nats" if self.nats_ca is None else "tls"
        return self.nats_url or f"{scheme}://127.0.0.1:{self.embedded_nats_port}"

    @property
    def broker_quotas(self) -> BrokerQuotas:
        """What the participants may use of the broker."""
        return BrokerQuotas(
            # Each process of the mesh here connects once for each participant, and again while a lost one lingers.
            connections=max(self.broker_connections, 2 * max(self.workers, self.gateway_workers)),
            bucket_bytes=self.bucket_bytes,
            # A gateway keeps to the setting, and its receipts have as much room again: 256 for one recipient at most.
            post_parcels=2 * self.post_parcels,
            post_bytes=2 * self.post_bytes,
            store_bytes=self.broker_store_bytes,
            messages_per_second=self.broker_messages_per_second,
            bytes_per_second=self.broker_bytes_per_second,
        )

    def store_of(self, name: str) -> str:
        """Return the URL of the store of a service, or of a mailbox such as `mailbox-fr`.

        On PostgreSQL a mailbox is a schema: in the database of its service, or in one for those of all bureaus. So no
        process needs more than one database, and connections to it serve all mailboxes.
        """
        if self.store_url is None:
            return f"sqlite:///{self.home.absolute() / 'stores' / name}.db"
        if not self.store_url.startswith("postgresql") or not name.startswith(MAILBOX):
            return self._store_at(name)
        owner = name.removeprefix(MAILBOX)
        url = self._store_at(MAILBOXES if owner.upper() in PARTICIPATING else owner)
        return f"{url}{'&' if '?' in url else '?'}schema={_identifier(name)}"

    def _store_at(self, name: str) -> str:
        return (self.store_url or "").replace("{service}", _identifier(name))


def require_scheme(url: str, *, tls: bool) -> None:
    """Make sure that a NATS server is reached as the other settings say. Raises SettingsRefused."""
    wanted = "tls" if tls else "nats"
    scheme, _, where = url.rpartition("://")
    if scheme == wanted and where:
        return
    why = "with I247_NATS_CA nothing goes in the clear" if tls else "without I247_NATS_CA there is no TLS"
    if not tls and scheme == "tls":
        raise SettingsRefused(
            f"I247_NATS_URL: {url} needs I247_NATS_CA, the one authority that is trusted to vouch for it: set that"
        )
    raise SettingsRefused(f"I247_NATS_URL: {url} is refused, as {why}: write {wanted}://{where or 'host:port'}")


def _bureaus(value: object) -> object:
    """Return the codes that a text lists, each once; anything else as it is. Raises ValueError."""
    if not isinstance(value, str):
        return value
    if value.strip().lower() == "all":
        return tuple(MEMBERS)
    try:
        return tuple(dict.fromkeys(parse_bureau(code) for code in value.split(",") if code.strip()))
    except UnknownBureau as unknown:
        raise ValueError(unknown.detail) from unknown


def _identifier(name: str) -> str:
    return name.replace("-", "_")


def load_settings(**given: object) -> Settings:
    """Return the settings of the environment, with those given here before them. Raises SettingsRefused."""
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        fault = error.errors()[0]
        name = "I247_" + "_".join(str(part) for part in fault["loc"][:1]).upper()
        raise SettingsRefused(f"{name}: {fault['msg'].removeprefix('Value error, ')}") from error
