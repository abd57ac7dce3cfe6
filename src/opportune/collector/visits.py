"""What the connection says of who sends: the address, the program, and whether it objects to being sold on.

An address is used to look up a place and is then forgotten. What `X-Forwarded-For` or `Forwarded` say of it counts only from a proxy that
is trusted, and only as far as an unbroken row of trusted ones vouches for it: everything before that is whatever somebody typed.

Source  RFC 7239 (Forwarded); Global Privacy Control, section "The Sec-GPC Header Field for HTTP Requests"
"""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from opportune.collector.answers import Scope

LONGEST_USER_AGENT = 512
MOST_HOPS = 20
Networks = Sequence[IPv4Network | IPv6Network]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What a request says beside its body."""

    address: str | None = None
    """Of whoever asked; None where it is not known."""
    user_agent: str = ""
    has_gpc: bool = False
    """Global Privacy Control: "do not sell or share"."""


def networks(written: Sequence[str]) -> Networks:
    """Addresses and networks such as `10.0.0.0/8`. Raises ValueError for one that is neither."""
    return [ip_network(text, strict=False) for text in written]


def visit_of(scope: Scope, trusted: Networks) -> Visit:
    """The visit of a request."""
    said = {name: value for name, value in scope["headers"] if name in (b"user-agent", b"sec-gpc")}
    return Visit(
        address=_address(scope, trusted),
        user_agent=said.get(b"user-agent", b"").decode("latin-1")[:LONGEST_USER_AGENT],
        has_gpc=said.get(b"sec-gpc", b"").strip() == b"1",
    )


def _address(scope: Scope, trusted: Networks) -> str | None:
    """The last address before the trusted ones, counted from our end."""
    client = scope.get("client")
    nearest = _plain(client[0]) if client else None
    if nearest is None or not _is_trusted(nearest, trusted):
        return nearest
    for said in reversed(_hops(scope)[-MOST_HOPS:]):
        hop = _plain(said)
        if hop is None:  # "unknown", or an obfuscated name: who stands before it nobody can vouch for
            return None
        nearest = hop
        if not _is_trusted(hop, trusted):
            break
    return nearest


def _hops(scope: Scope) -> list[str]:
    """Every address on the way as the headers have them, the farthest first. `X-Forwarded-For` counts alone when it is there."""
    passed_on, forwarded = (_joined(scope, name) for name in (b"x-forwarded-for", b"forwarded"))
    if passed_on:
        return [part.strip() for part in passed_on.split(",")]
    return [_for(element) for element in forwarded.split(",") if element.strip()]


def _joined(scope: Scope, wanted: bytes) -> str:
    return b",".join(value for name, value in scope["headers"] if name == wanted).decode("latin-1")


def _for(element: str) -> str:
    """The node of `for=` in one element of `Forwarded`; empty where it has none."""
    pairs = (pair.partition("=") for pair in element.split(";"))
    return next((value.strip() for name, _, value in pairs if name.strip().lower() == "for"), "")


def _plain(node: str) -> str | None:
    """`"[2001:db8::1]:4711"` → `2001:db8::1`; None for what is no address."""
    text = node.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)


def _is_trusted(address: str, trusted: Networks) -> bool:
    found = ip_address(address)
    return any(found.version == network.version and found in network for network in trusted)
