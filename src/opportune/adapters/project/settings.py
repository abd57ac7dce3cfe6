"""Settings: `opportune.yml` as one frozen value. File, then environment (`OPPORTUNE_SMTP_HOST`), then flags.

An unknown key is a Problem; only `shop.name` and `shop.currency` are required. Meaning: DESIGN section 4.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from opportune.adapters.project.declared_sources import DeclaredSource
from opportune.language.vocabulary.identity import DEFAULT_RULES, IdentityRules
from opportune.stages.content.brand import Brand
from opportune.stages.content.offers import Offer

RETRIES = tuple(timedelta(seconds=seconds) for seconds in (2, 10, 60, 300, 1800, 7200))
KEEP_RAW = timedelta(days=30)
OPT_IN = ("EU", "EEA", "UK", "CH")
DOUBLE_OPT_IN = ("DE", "AT")
LOOPBACK = ("127.0.0.0/8", "::1/128")
"""This machine: where a proxy in front of `serve` usually is."""
CATEGORIES = (("Advertising", "ads"), ("Analytics", "tracking"))
"""The categories of Segment's consent wrapper, as its documentation names them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """Who sends. `country`: stands for a customer's where that is not known. `opt_in`: regions where tracking needs consent first."""

    name: str = ""
    currency: str = ""
    url: str | None = None
    timezone: str = "UTC"
    address: str | None = None
    country: str | None = None
    opt_in: tuple[str, ...] = OPT_IN
    double_opt_in: tuple[str, ...] = DOUBLE_OPT_IN
    """Regions, or `all`, where a consent to e-mail given in a form has to be confirmed from the mailbox."""
    categories: Mapping[str, str] = field(default_factory=lambda: dict(CATEGORIES))
    """A consent tool's name for it → purpose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """The From and Reply-To of mail."""

    from_: str | None = None
    reply_to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Smtp:
    """The mail server. The password is read from the environment variable `password_env` names."""

    host: str | None = None
    port: int = 587
    user: str | None = None
    password_env: str | None = None
    tls: str = "starttls"
    retry: tuple[timedelta, ...] = RETRIES


@dataclass(frozen=True, slots=True, kw_only=True)
class Serve:
    """Where `serve` listens, the address links in mail point to, and the longest pause between ticks."""

    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str | None = None
    tick: timedelta = timedelta(seconds=1)
    trusted_proxies: tuple[str, ...] = LOOPBACK
    """Addresses and networks whose word on who sent a request is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collecting:
    """What senders of events are held to."""

    calls_per_second: int | None = None
    """Of each key that has no rate of its own; None: as many as there are."""
    burst: int | None = None
    """Calls a key may send at once before its rate counts; None: ten seconds' worth."""
    keep_ip: bool = False
    """Whether addresses are stored with events."""
    memory: str | None = None
    """Resident memory beyond which nothing is taken, `2GB`; None: nine tenths of the machine's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrate:
    """How often population values are frozen."""

    scores: str = "monthly"
    tiers: str = "weekly"


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakers:
    """What stops a flood: mails a customer and day; a journey's usual hour times `journey_factor`, but at least `journey_floor`."""

    person_daily: int = 20
    journey_factor: int = 10
    journey_floor: int = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacesTable:
    """Where internet addresses are: a table in MaxMind's format, relative to the project; None: the bundled one, of countries."""

    table: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything `opportune.yml` sets besides definitions; `caps:` and `quiet_hours:` are such (`language.tree.sending`)."""

    shop: Shop = field(default_factory=Shop)
    sender: Sender = field(default_factory=Sender)
    brand: Brand = field(default_factory=Brand)
    offers: Mapping[str, Offer] = field(default_factory=dict)
    smtp: Smtp | None = None
    """None: mail is written as files under the data folder."""
    serve: Serve = field(default_factory=Serve)
    data: str = ".opportune"
    """The data folder, relative to the project."""
    state: str | None = None
    """URL of the state database; None: SQLite in the data folder."""
    engine: str = "duckdb"
    memory_limit: str | None = None
    """What questions to the event store may hold in memory, `2GB`; None: half of the machine's, at most 4 GB."""
    collector: Collecting = field(default_factory=Collecting)
    calibrate: Calibrate = field(default_factory=Calibrate)
    breakers: Breakers = field(default_factory=Breakers)
    places: PlacesTable = field(default_factory=PlacesTable)
    identity: IdentityRules = DEFAULT_RULES
    """Which values are no ids, and how many ids of a class a customer has at most."""
    allow_private: tuple[str, ...] = ()
    sources: Mapping[str, DeclaredSource] = field(default_factory=dict)
    """Where events come from besides Segment's calls, by name."""
    keep_raw: timedelta = KEEP_RAW
    """How long what webhooks brought is kept as it came."""
