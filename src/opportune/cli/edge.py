"""What the collector is held to, from the project: keys, limits, places, consent."""

from functools import partial

from opportune.adapters.project.settings import Collecting
from opportune.adapters.stores.registry import Registry, WriteKey
from opportune.collector.app import Limits
from opportune.collector.arriving import arrival, is_fresh
from opportune.collector.consent import rules_of
from opportune.collector.sources import Keys, Source
from opportune.collector.threshold import Threshold
from opportune.collector.visits import networks
from opportune.shell.memory import machine_bytes
from opportune.shell.sender import id_of
from opportune.shell.workspace import Workspace

SHARE_OF_MEMORY = 0.9
_UNITS = {"MB": 10**6, "GB": 10**9}


def keys_of(registry: Registry) -> Keys:
    """The write keys in force; what commands add and revoke in this process counts from the next request on."""
    return Keys(lambda: {key.key_hash: _source(key) for key in registry.sources()}, lambda: registry.key_changes)


def limits_of(settings: Collecting) -> Limits:
    """What senders are held to."""
    memory = settings.memory
    most = int(machine_bytes() * SHARE_OF_MEMORY) if memory is None else int(memory[:-2]) * _UNITS[memory[-2:]]
    return Limits(calls_per_second=settings.calls_per_second, burst=settings.burst, most_resident_bytes=most)


def threshold_of(workspace: Workspace) -> Threshold:
    """What becomes of calls before they are stored."""
    settings = workspace.project.settings
    shop = settings.shop
    return Threshold(
        place_of=workspace.places.of,
        rules=rules_of(home=shop.country, opt_in=shop.opt_in, double_opt_in=shop.double_opt_in, categories=shop.categories),
        keeps_ip=settings.collector.keep_ip,
        clicked=partial(customer_of_click, workspace),
        trusted=networks(settings.serve.trusted_proxies),
    )


def customer_of_click(workspace: Workspace, text: str) -> str | None:
    """The customer a token's mail went to, while the click is fresh; one look-up by key, and none for what we did not sign."""
    token = arrival(workspace.secret, text)
    sent = None if token is None else workspace.outbox.sent(id_of(token.message), 0)
    if token is None or sent is None or sent.settled_at is None or not is_fresh(token, sent_at=sent.settled_at, at=workspace.clock()):
        return None
    return sent.message.customer_id


def _source(key: WriteKey) -> Source:
    return Source(
        name=key.name,
        is_browser=key.is_browser,
        origins=frozenset(key.terms.origins),
        calls_per_second=key.terms.calls_per_second,
        burst=key.terms.burst,
        key_hash=key.key_hash,
    )
