"""Was it a person? Opens and clicks as human, suspected or machine, with the reason.

Every fact is kept whatever its class; only *human* feeds scores, triggers and reports. Unsubscribing never asks.
Source  STANDARDS section 2.4
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from opportune.language.vocabulary.instants import Instant, span_of

TOO_SOON = span_of(timedelta(seconds=3))
"""After the mail server took the message: nobody reads that fast, its scanner does."""
BURST = span_of(timedelta(seconds=2))
BURST_LINKS = 3
BARE_AGENT = "Mozilla/5.0"
"""All that Apple's Mail Privacy Protection says of itself."""
_SELF_DECLARED = re.compile(r"bot\b|bot/|crawl|spider|scanner|slurp|preview|monitor|safelinks|proofpoint|mimecast|barracuda", re.IGNORECASE)
_IMAGE_PROXY = re.compile(r"googleimageproxy|yahoomailproxy", re.IGNORECASE)


class Agent(Enum):
    """The value of property `agent`."""

    HUMAN = "human"
    SUSPECTED = "suspected"
    MACHINE = "machine"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason` is empty for a person."""

    agent: Agent
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """One request for a pixel (`link` 0) or a link. `accepted_at`: when the mail server took the mail, None when unknown."""

    method: str
    user_agent: str
    at: Instant
    accepted_at: Instant | None
    link: int
    earlier: Sequence[tuple[Instant, int]] = ()
    """Clicks on the same message before this one: (at, link)."""


def classify(fetch: Fetch) -> Verdict:
    """The first rule that speaks against a person, strictest first."""
    is_click = fetch.link > 0
    if fetch.method == "HEAD":
        return Verdict(Agent.MACHINE, "HEAD request")
    if _SELF_DECLARED.search(fetch.user_agent):
        return Verdict(Agent.MACHINE, "declares itself a machine")
    if fetch.user_agent.strip() == BARE_AGENT:
        return Verdict(Agent.SUSPECTED if is_click else Agent.MACHINE, "bare Mozilla/5.0")
    if is_click and _links_in_burst(fetch) >= BURST_LINKS:
        return Verdict(Agent.MACHINE, f"{BURST_LINKS} links within 2 s")
    if fetch.accepted_at is not None and 0 <= fetch.at - fetch.accepted_at < TOO_SOON:
        is_machine = is_click or _IMAGE_PROXY.search(fetch.user_agent) is not None
        return Verdict(Agent.MACHINE if is_machine else Agent.SUSPECTED, "within 3 s of delivery")
    if not fetch.user_agent.strip():
        return Verdict(Agent.SUSPECTED, "no user agent")
    return Verdict(Agent.HUMAN)


def _links_in_burst(fetch: Fetch) -> int:
    """Different links of the message clicked in the last 2 s, this one included."""
    return len({fetch.link, *(link for at, link in fetch.earlier if 0 <= fetch.at - at <= BURST)})
