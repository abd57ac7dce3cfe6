"""What begins a visit is told what brought her and with what she looks; what a robot did is nobody's.

A `Page Viewed` begins a visit when it came from outside (a campaign, a click id, a referrer that is not the shop's own) or when its
referrer is said and empty. It gets `touch_channel`, `touch_source`, `touch_campaign`, `device`, `os`, `browser` and the `utm_*` that
only its context or its address said; what was sent stays as it was sent. What a robot does gets `bot: true`, and unless it says who it is,
belongs to nobody: no score counts it, no moment is its.

Reads   LINES, right after they were read; what robots are and what touches are is asked of `agents` and `touches` once for all alike
Gives   LINES: properties, and of robots no ids
Cost    3 µs a page view, 6 µs one that begins a visit; of a small load 8 ms with page views, 2 ms without: planning its statements
Held to tests/events/test_landings.py (a naive reading)
"""

from collections.abc import Iterable

from opportune.language.relations.arrivals import LINES
from opportune.language.relations.plans import Row
from opportune.language.tree.sessions import VISITING
from opportune.stages.events.agents import agent_of
from opportune.stages.events.lines import names
from opportune.stages.events.touches import CLICK_IDS, Came, Touch, touch_of

LANDINGS = "landings"
"""position, agent, site, page, click, and the parts of a campaign: page views. `site` and `page` are what the referrer and the address say
between // and /, `site` of a page of the same SAME."""
SAME = "/"
UTM = ("source", "medium", "campaign", "term", "content")
_PAGE = "call IN ('page', 'track') AND name = 'Page Viewed' AND refused IS NULL"
_SENT = {name: f"$.{name}" for name in ("referrer", "url", *(f"utm_{name}" for name in UTM))}
_AROUND = {"referrer": "$.page.referrer", "url": "$.page.url", "clicks": "$.clickIds", "campaign": "$.campaign.name"}
_AROUND |= {name: f"$.campaign.{name}" for name in UTM if name not in _AROUND}
_CLICKS = "|".join(CLICK_IDS)
VISITS = frozenset(VISITING) - {"Checkout Started", "Order Completed"}
"""What is nobody's when a robot does it. Orders are somebody's whatever their sender calls itself."""
_QUERIED = " OR ".join(f"contains({column}::VARCHAR, '{sign}')" for column in ("properties", "context") for sign in ("?", "\\u003"))
"""Whether what a page view says may hold an address with a query; JSON may write the `?` as an escape."""
ASKED = f"""SELECT coalesce(bool_or({_PAGE}), false), coalesce(bool_or({_PAGE} AND ({_QUERIED})), false),
    coalesce(list(DISTINCT agent) FILTER (agent IS NOT NULL), []) FROM {LINES}"""
"""The query that gives whether there are page views, whether any address may have a query, and the user agents."""


def found(*, has_queries: bool) -> str:
    """The statement that makes LANDINGS; to plan for queries of addresses is half of what a small load pays for it."""
    looks = f"{_look('properties', _SENT)} AS sent, {_look('context', _AROUND)} AS around"
    said = f"SELECT rowid AS position, agent, {looks} FROM {LINES} WHERE {_PAGE}"
    sided = f"SELECT *, {_either('referrer')} AS referrer, {_either('url')} AS url FROM ({said})"
    site, page = (f"split_part({address}, '/', 3)" for address in ("referrer", "url"))
    came = (
        f"CASE WHEN referrer IS NULL THEN NULL WHEN {site} = {page} AND {site} <> '' THEN '{SAME}' ELSE {site} END AS site, {page} AS page"
    )
    campaign = ", ".join(f"{_utm(name, has_queries)} AS {name}" for name in UTM)
    told = f"position, agent, {came}, {_click(has_queries)} AS click, {campaign}"
    return f"CREATE OR REPLACE TEMP TABLE {LANDINGS} AS SELECT {told} FROM ({sided})"


WAYS = f"SELECT DISTINCT site, page, lower(source), lower(medium), click FROM {LANDINGS}"
"""The query that gives how page views came about, each way once."""


def touches_of(ways: Iterable[Row], home: str) -> list[list[str | None]]:
    """The parts of a way, its channel and source, a row each, of those that begin a visit. `home`: the shop's own host, or empty."""
    told: list[list[str | None]] = []
    for way in ways:
        site, page, *rest = (None if part is None else str(part) for part in way)
        touch = begun(site, (host_of(page or ""), home), *rest)
        if touch:
            told.append([site, page, *rest, touch.channel, touch.source or None])
    return told


def begun(site: str | None, own: tuple[str, str], *rest: str | None) -> Touch | None:
    """The touch of a page view, if it begins a visit: `site`, None where no referrer is said, and source, medium and click id."""
    host = "" if site is None or site == SAME else host_of(site)
    is_own = site == SAME or any(_is_one(host, each) for each in own if host and each)
    came = Came("" if is_own else host, *(part or "" for part in rest))
    is_direct = site is not None and not host and not is_own
    return touch_of(came) if is_direct or came != Came() else None


def host_of(site: str) -> str:
    """The host in small letters, without `www.` and port."""
    return site.rpartition("@")[2].partition("?")[0].partition(":")[0].lower().removeprefix("www.").strip("/")


def devices_of(agents: Iterable[str]) -> list[list[str | None]]:
    """User agent, device, system and browser, a row each."""
    known = ((said, agent_of(said)) for said in agents)
    return [[said, agent.device, agent.os, agent.browser] for said, agent in known]


def robots(agents: Iterable[str]) -> list[str]:
    """Those that are robots."""
    return [said for said in agents if agent_of(said).is_robot]


def told() -> str:
    """The statement that tells LINES what `$touches` and `$devices`, JSON texts of rows, say of LANDINGS."""
    touches, devices = (f"SELECT unnest(from_json(${name}, '[[\"VARCHAR\"]]')) AS row" for name in ("touches", "devices"))
    parts = ("l.site", "l.page", "lower(l.source)", "lower(l.medium)", "l.click")
    same = " AND ".join(f"w.row[{place}] IS NOT DISTINCT FROM {part}" for place, part in enumerate(parts, 1))
    ours = {"touch_channel": "w.row[6]", "touch_source": "w.row[7]", "touch_campaign": "l.campaign"}
    ours |= {name: f"d.row[{place}]" for place, name in enumerate(("device", "os", "browser"), 2)}
    ours |= {f"utm_{name}": f"l.{name}" for name in UTM}
    patch = ", ".join(f"'{name}', {value}" for name, value in ours.items())
    joined = f"{LANDINGS} AS l JOIN ({touches}) AS w ON {same} LEFT JOIN ({devices}) AS d ON d.row[1] = l.agent"
    given = f"SELECT l.position, json_merge_patch('{{}}'::JSON, json_object({patch})) AS ours FROM {joined}"
    return f"""UPDATE {LINES} SET properties = json_merge_patch(given.ours, coalesce({LINES}.properties, '{{}}'::JSON))
        FROM ({given}) AS given WHERE {LINES}.rowid = given.position"""


def disowned() -> list[str]:
    """The statements that mark what `$robots` sent, and take from visits whose they are where nobody was signed in."""
    sent = "refused IS NULL AND agent IN (SELECT unnest($robots::VARCHAR[]))"
    marked = "json_merge_patch(coalesce(properties, '{}'::JSON), '{\"bot\": true}'::JSON)"
    return [
        f"UPDATE {LINES} SET properties = {marked} WHERE {sent} AND call IN ('track', 'page', 'screen')",
        f"""UPDATE {LINES} SET anonymous_id = NULL, owner_id = NULL
            WHERE {sent} AND user_id IS NULL AND owner_id = anonymous_id AND name IN {names(VISITS)}""",
    ]


def _look(column: str, paths: dict[str, str]) -> str:
    return f"json_extract_string({column}, [" + ", ".join(f"'{path}'" for path in paths.values()) + "])"


def _of(name: str, look: str, paths: dict[str, str]) -> str:
    return f"{look}[{list(paths).index(name) + 1}]"


def _either(name: str) -> str:
    """What the properties say, else what the context says of the page."""
    return f"coalesce({_of(name, 'sent', _SENT)}, {_of(name, 'around', _AROUND)})"


def _utm(name: str, has_queries: bool) -> str:
    """A part of the campaign: from the property, the context or the address."""
    sent, around = _of(f"utm_{name}", "sent", _SENT), _of(name, "around", _AROUND)
    asked = f"nullif(url_decode(replace(regexp_extract(url, '[?&]utm_{name}=([^&#]*)', 1), '+', ' ')), '')"
    in_url = f"CASE WHEN contains(url, 'utm_{name}=') THEN {asked} END" if has_queries else "NULL"
    return f"coalesce(nullif({sent}, ''), nullif({around}, ''), {in_url})"


def _click(has_queries: bool) -> str:
    """Which click id there is, in the context or the address."""
    in_context = f"""nullif(regexp_extract({_of("clicks", "around", _AROUND)}, '"({_CLICKS})"', 1), '')"""
    in_url = f"CASE WHEN contains(url, '=') THEN nullif(regexp_extract(url, '[?&]({_CLICKS})=[^&#]', 1), '') END"
    return f"coalesce({in_context}, {in_url if has_queries else 'NULL'})"


def _is_one(host: str, own: str) -> bool:
    """Whether one is the other or lies in the other: the shop, its till and its help pages are one place."""
    return host == own or host.endswith(f".{own}") or own.endswith(f".{host}")
