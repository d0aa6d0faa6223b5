"""All settings: read from the environment here and nowhere else, and immutable. An invalid one is refused by name."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from deploy.state.errors import SettingsRefused
from deploy.state.setting_types import (
    CLUSTER,
    MAX_PORT,
    BrokerUrls,
    Faults,
    HostedBureaus,
    Networks,
    OptionalBureaus,
    OptionalWords,
    Port,
    Replicas,
    StoreUrl,
)
from deploy.state.state_dir import StateDir
from shared.bureaus import DEFAULT_MEMBERS, is_participant
from shared.transport import BrokerQuotas
from shared.transport.tls_files import TlsFiles

MEBIBYTE = 1024 * 1024
GIBIBYTE = 1024 * MEBIBYTE
MAILBOX = "mailbox-"
MAILBOXES = "mailboxes"
# The port on which a NATS server of a cluster accepts the others, after the one on which it accepts participants.
ROUTE_PORT_AFTER = 3


class Settings(BaseSettings):
    """The settings of one process. Each is read from the environment variable `I247_<NAME>`.

    The text below a setting is its description in the table of settings.
    """

    model_config = SettingsConfigDict(env_prefix="I247_", frozen=True, extra="ignore")

    home: Path = Path("var")
    """The state directory: keys, stores and logs."""
    host: str = "127.0.0.1"
    """The address that the gateway listens on."""
    port: Port = Field(8247, ge=1, le=MAX_PORT)
    """The port that the gateway listens on."""
    workers: int | None = Field(None, ge=1, le=64)
    """The number of processes of each service; by default one, and further ones while those are busy and cores are
    idle."""
    gateway_workers: int = Field(1, ge=1, le=64)
    """The number of processes of the gateway."""
    bureaus: HostedBureaus = DEFAULT_MEMBERS
    """The participants of this gateway: codes separated by commas, such as `FR,CCF`; or `all` members."""

    trusted_proxies: Networks = ()
    """Whose `X-Forwarded-For`, `-Proto`, `-Host`, `-Prefix` are trusted: addresses or networks separated by commas."""

    root_passphrase_file: Path | None = None
    """A file with the passphrase of the root key, which only the General Secretariat has."""
    root_pkcs11: str | None = None
    """The root key in a device, as a PKCS #11 URI (RFC 7512) with `module-path`, `token` and `object`."""
    root_pin_file: Path | None = None
    """A file with the PIN of the device of `I247_ROOT_PKCS11`."""

    nats_port: Port | None = Field(None, ge=1, le=MAX_PORT)
    """The port of the embedded NATS server; by default the port after `I247_PORT`."""
    nats_host: str = "127.0.0.1"
    """The address that the embedded NATS server listens on."""
    nats_replicas: Replicas = 1
    """The number of NATS servers that store each message: 1, or 3 in a cluster, of which one may fail. The Secretariat
    sets it, and `i247 up --nats-cluster` does."""
    nats_url: BrokerUrls | None = None
    """An external NATS server instead of the embedded one: `tls://host:port`; those of a cluster are separated by
    commas, and the first that answers is used."""
    nats_ca: Path | None = None
    """The certificate authority of the NATS server and of all its clients. If it is set, all broker connections use
    TLS."""
    nats_certificate: Path | None = None
    """The certificate for broker connections; `{participant}` in the path stands for the name of the participant, or
    `broker` for the embedded server."""
    nats_key: Path | None = None
    """The private key of `I247_NATS_CERTIFICATE`, with the same placeholder."""

    broker_connections: int = Field(8, ge=2, le=1024)
    """The maximum number of broker connections of each participant."""
    broker_store_bytes: int = Field(4096 * MEBIBYTE, ge=64 * MEBIBYTE)
    """The storage on the broker for the messages of all participants, in bytes."""
    broker_messages_per_second: int = Field(10_000, ge=1_000)
    """The maximum number of messages a second between each participant and the broker, replies included."""
    broker_bytes_per_second: int = Field(128 * MEBIBYTE, ge=16 * MEBIBYTE)
    """The maximum number of bytes a second of these messages."""
    bucket_bytes: int = Field(256 * MEBIBYTE, ge=80 * MEBIBYTE)
    """The storage on the broker for the attachments of one bureau, until their recipients have them, in bytes."""

    store_url: StoreUrl | None = None
    """A PostgreSQL URL in which `{service}` stands for the name of the service, or `mailboxes`; by default each store
    is a SQLite file in `I247_HOME`."""
    audit_archive: Path | None = None
    """The folder into which `i247 audit archive` moves old leaves of audit logs, and where services read them; by
    default `archive` in `I247_HOME`."""
    store_connections: int = Field(8, ge=2, le=1000)
    """The maximum number of connections of each process to PostgreSQL."""
    body_limit: int = Field(6 * MEBIBYTE, ge=1024, le=7 * MEBIBYTE)
    """The maximum size of a request body, in bytes. Two fingerprint images of the largest size fit into the default."""
    connections: int | None = Field(None, ge=16, le=100_000)
    """The maximum number of HTTP connections of a gateway process; by default what the limit of open files (`ulimit
    -n`) allows, up to 10000."""
    connections_per_address: int | None = Field(None, ge=1)
    """The maximum number of HTTP connections of one address, or one IPv6 /64 network; by default there is no limit, as
    behind a proxy all have one address. Loopback addresses have no limit."""
    token_minutes: int = Field(60, ge=1, le=24 * 60)
    """How long a token of this gateway is valid, in minutes, whatever its `exp` says."""
    extraction_workers: int = Field(1, ge=1, le=64)
    """The number of processes that decode images and extract fingerprint minutiae, in each service that has images."""
    mailbox_bytes: int = Field(20 * GIBIBYTE, ge=256 * MEBIBYTE)
    """How many bytes all others may store in the mailbox of a bureau, with attachments. The last tenth is reserved for
    services and the General Secretariat."""
    mailbox_messages: int = Field(5_000_000, ge=10)
    """How many messages all others may store there."""
    mailbox_bytes_per_sender: int = Field(2 * GIBIBYTE, ge=128 * MEBIBYTE)
    """How many bytes each other bureau may store there."""
    mailbox_messages_per_sender: int = Field(500_000, ge=1)
    """How many messages each other bureau may store there."""
    outbox_bytes: int = Field(20 * GIBIBYTE, ge=128 * MEBIBYTE)
    """How many bytes the officers of a bureau may store in its outbox."""
    outbox_messages: int = Field(5_000_000, ge=1)
    """How many messages they may store there."""
    post_bytes: int = Field(64 * MEBIBYTE, ge=16 * MEBIBYTE)
    """How many bytes of a sender, without attachments, the broker holds until recipients sign receipts."""
    post_parcels: int = Field(2_000, ge=100)
    """How many parcels of a sender it holds, one for each recipient of a message."""
    webhook_private_targets: bool = False
    """Whether webhooks may go to loopback and private addresses, and over plain HTTP; in a sandbox they always may."""
    public_faults: Faults | None = None
    """The faults that the public notices API answers with, to test its clients: `403=0.05,latency=200ms,seed=1`."""
    public_questions: int = Field(72_000, ge=60, le=100_000_000)
    """How many questions without a token a gateway process answers within an hour at `/notices/v1`, and how many at
    `/works-of-art/v1`; each adds a leaf or two to the audit log of a service."""
    public_questions_per_address: int = Field(3_600, ge=1, le=100_000_000)
    """How many of these it answers to one address, or one IPv6 /64 network. Larger networks have a part of all: an IPv6
    /56 or IPv4 /28 a tenth, a /48 or /24 a fifth, a /32 or /16 half. Loopback addresses have no limit of their own."""
    clock: bool = False
    """Whether all processes use a clock that `/clock` and `i247 clock` advance (for tests only)."""
    examples: bool = False
    """Whether the records that the documents of the API are about are entered when the mesh is first started."""
    sandbox: bool = False
    """Whether this is a sandbox, a mesh for tests that `/sandbox` controls. It has such a clock."""
    counterparts: Path | None = None
    """A file with the scripts of bureaus that act by themselves, by their codes. The mesh is a sandbox then."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The lowest level that is logged."""
    log_file: Path | None = None
    """The log file of this process; by default the standard error output. `i247 up` sets it for each process."""
    log_file_mib: int = Field(16, ge=1, le=4096)
    """The size at which a log file is rotated, in MiB."""
    log_files_kept: int = Field(4, ge=1, le=100)
    """The number of rotated log files that are kept."""

    oidc_issuer: str | None = None
    """An external OpenID provider; the gateway then accepts only its tokens."""
    oidc_jwks_url: str | None = None
    """The URL of that provider's keys. Use HTTPS: those who change them in transit can log in as anyone."""
    oidc_audience: str = "i247"
    """The audience (`aud`) that its tokens must have."""
    oidc_bureau_claim: str = Field("bureau", min_length=1)
    """The claim of its tokens that holds the officer's bureau."""
    oidc_bureaus: OptionalBureaus = None
    """The bureaus whose officers it may authenticate: codes separated by commas, or `all` members; by default
    `I247_BUREAUS`. The General Secretariat (`IPSG`) must be listed explicitly."""
    oidc_scopes: OptionalWords = None
    """The scopes that it may grant, separated by commas; by default those of the officers and auditors of a member, and
    none of the Secretariat's or the Commission's."""
    oidc_token_type: Literal["at+jwt", "JWT"] = "at+jwt"  # noqa: S105 - a type, not a secret
    """The `typ` of its access tokens (RFC 9068); `JWT` for a provider that sets no other. Then no client of the
    provider may have the id `I247_OIDC_AUDIENCE`, as its ID tokens would have that audience."""
    oidc_token_minutes: int = Field(120, ge=1, le=24 * 60)
    """How long its tokens are valid after their `iat`, in minutes, whatever `exp` says."""
    oidc_authorize_url: str | None = None
    """Where officers sign in to the console at that provider: its authorization endpoint. Without it only programs that
    bring a token of the provider use the gateway."""
    oidc_token_url: str | None = None
    """The token endpoint of that provider, which gives the console the token of an officer who has signed in."""
    oidc_client_id: str = "i247"
    """The console as a client of that provider. Register `<address of the gateway>/sign-in/done` there."""
    oidc_client_secret: SecretStr = SecretStr("")
    """The secret of that client; empty if the provider takes PKCE alone."""
    oidc_sign_in_scopes: str = "openid"
    """The scopes that the console asks for, separated by spaces; what they grant is bounded by `I247_OIDC_SCOPES`."""

    console_idle_minutes: int = Field(30, ge=1, le=12 * 60)
    """After how long an unused session of the console ends, in minutes; after 12 hours each one does."""

    @model_validator(mode="before")
    @classmethod
    def _imply_sandbox(cls, given: dict[str, object]) -> dict[str, object]:
        return given if given.get("counterparts") is None else {**given, "sandbox": True}

    @model_validator(mode="after")
    def _require_ports(self) -> Self:
        if self.embedded_nats_port > MAX_PORT:
            raise SettingsRefused(f"I247_PORT: there is no port after {self.port} for the broker: set I247_NATS_PORT")
        if self.nats_replicas == CLUSTER and self.nats_ports[-1] + ROUTE_PORT_AFTER > MAX_PORT:
            raise SettingsRefused(f"I247_NATS_PORT: a cluster needs {2 * CLUSTER} ports from {self.nats_ports[0]} on")
        if self.nats_replicas == CLUSTER and len(self.broker_urls) != CLUSTER:
            raise SettingsRefused(
                f"I247_NATS_URL: I247_NATS_REPLICAS={CLUSTER} needs the URLs of {CLUSTER} servers, separated by commas"
            )
        return self

    @model_validator(mode="after")
    def _require_all_tls_files(self) -> Self:
        files = {"I247_NATS_CA": self.nats_ca, "I247_NATS_CERTIFICATE": self.nats_certificate}
        files["I247_NATS_KEY"] = self.nats_key
        missing = [name for name, file in files.items() if file is None]
        if 0 < len(missing) < len(files):
            raise SettingsRefused(f"{missing[0]}: TLS needs {', '.join(files)}: set all or none")
        for url in self.broker_urls:
            require_scheme(url, tls=not missing)
        return self

    @property
    def shares_clock(self) -> bool:
        """Whether all processes use a clock that tests advance."""
        return self.clock or self.sandbox

    @property
    def state_dir(self) -> StateDir:
        """The state directory of `home`."""
        return StateDir(self.home)

    @property
    def archive_folder(self) -> Path:
        """The folder of the archived parts of audit logs."""
        return self.audit_archive or self.state_dir.archive

    @property
    def embedded_nats_port(self) -> int:
        """The port of the embedded NATS server."""
        return self.nats_port or self.port + 1

    @property
    def nats_tls(self) -> TlsFiles | None:
        """The TLS files for broker connections; None without TLS."""
        if self.nats_ca is None or self.nats_certificate is None or self.nats_key is None:
            return None
        return TlsFiles(self.nats_ca, self.nats_certificate, self.nats_key)

    @property
    def nats_ports(self) -> list[int]:
        """The ports of the embedded NATS servers."""
        return [self.embedded_nats_port + index for index in range(self.nats_replicas)]

    @property
    def broker_url(self) -> str:
        """The URL of the NATS server; those of a cluster are separated by commas."""
        scheme = "nats" if self.nats_ca is None else "tls"
        return self.nats_url or ",".join(f"{scheme}://127.0.0.1:{port}" for port in self.nats_ports)

    @property
    def broker_urls(self) -> list[str]:
        """The URLs of all NATS servers."""
        return self.broker_url.split(",")

    @property
    def broker_quotas(self) -> BrokerQuotas:
        """The limits of each participant on the broker."""
        return BrokerQuotas(
            # Each process connects once for each participant, and once more until the server drops a lost connection.
            connections=max(self.broker_connections, 2 * max(self.workers or 1, self.gateway_workers)),
            bucket_bytes=self.bucket_bytes,
            # Messages use up to the setting, and receipts (256 for one recipient at most) as much again.
            post_parcels=2 * self.post_parcels,
            post_bytes=2 * self.post_bytes,
            store_bytes=self.broker_store_bytes,
            messages_per_second=self.broker_messages_per_second,
            bytes_per_second=self.broker_bytes_per_second,
            replicas=self.nats_replicas,
        )

    def store_of(self, name: str) -> str:
        """Return the URL of the store of a service, or of a mailbox such as `mailbox-fr`.

        On PostgreSQL a mailbox is a schema in the database of its service, or in one database for all bureaus. So each
        process needs one database, whose connections serve all its mailboxes.
        """
        if self.store_url is None:
            return f"sqlite:///{self.home.absolute() / 'stores' / name}.db"
        if not self.store_url.startswith("postgresql") or not name.startswith(MAILBOX):
            return self._store_at(name)
        owner = name.removeprefix(MAILBOX)
        url = self._store_at(MAILBOXES if is_participant(owner.upper()) else owner)
        return f"{url}{'&' if '?' in url else '?'}schema={_identifier(name)}"

    def _store_at(self, name: str) -> str:
        return (self.store_url or "").replace("{service}", _identifier(name))


def require_scheme(url: str, *, tls: bool) -> None:
    """Make sure that the scheme of a broker URL fits the TLS settings. Raises SettingsRefused."""
    wanted = "tls" if tls else "nats"
    scheme, _, where = url.rpartition("://")
    if scheme == wanted and where:
        return
    why = "I247_NATS_CA requires TLS" if tls else "TLS requires I247_NATS_CA"
    if not tls and scheme == "tls":
        raise SettingsRefused(f"I247_NATS_URL: {url} needs I247_NATS_CA, the authority of its certificate: set it")
    raise SettingsRefused(f"I247_NATS_URL: {url} is refused, as {why}: write {wanted}://{where or 'host:port'}")


def _identifier(name: str) -> str:
    return name.replace("-", "_")


def load_settings(**given: object) -> Settings:
    """Return the settings of the environment; those given here take precedence. Raises SettingsRefused."""
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        fault = error.errors()[0]
        name = "I247_" + "_".join(str(part) for part in fault["loc"][:1]).upper()
        raise SettingsRefused(f"{name}: {fault['msg'].removeprefix('Value error, ')}") from error
