"""What a page's consent signals say of our purposes: its own choice, a TC string, Google's consent mode, Global Privacy Control.

Signals are stored as given; what stands here only reads them. A page's explicit choice goes before a TC string, that before consent mode,
purpose by purpose; Global Privacy Control objects to `ads` whatever else is said. A GPP string is stored and not read.
Source  IAB Europe, Consent string and vendor list formats v2 (core string, publisher TC segment); TCF v2.3 (disclosed vendors);
        Google, consent mode v2; Global Privacy Control (`Sec-GPC`)
"""

import binascii
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from opportune.language.vocabulary.events import PURPOSES

Choices = Mapping[str, bool]
"""Purpose → allowed. A purpose that is not in it was not spoken of."""
LONGEST_TC_STRING = 8 * 1024
"""Characters."""
TCF_PURPOSES: Mapping[str, tuple[int, ...]] = {"tracking": (1, 8), "profiling": (1, 5, 6), "ads": (1, 3, 4)}
"""Purpose → the purposes of the framework that must all be allowed: 1 store on the device, 3 and 4 profiles for advertising, 5 and 6
profiles for content, 8 measure content."""
GCM_STORAGES: Mapping[str, str] = {
    "analytics_storage": "tracking",
    "personalization_storage": "profiling",
    "ad_storage": "ads",
    "ad_user_data": "ads",
    "ad_personalization": "ads",
}
"""Type of consent mode → purpose; where several mean one all must be granted."""
DISCLOSED_SINCE = 17_722_368_000
"""2026-02-28 UTC, in tenths of a second: a TC string made from then on is none without its segment of disclosed vendors."""
_CREATED = (6, 36)
_PURPOSES_AT = 152
_PURPOSES_BITS = 24
_PUBLISHER_AT = 3
_DISCLOSED_VENDORS, _PUBLISHER_TC = 1, 3
"""Types of segments after the first."""


def choices(consent: Mapping[str, Any], categories: Mapping[str, str]) -> tuple[dict[str, bool], str]:
    """What a record of consent says, from its weakest word to its strongest, and which that is: `page`, `tcf`, `gcm`, `gpc` or, silent,
    empty. `categories`: a consent tool's names → our purposes."""
    said, by = _granted(consent.get("gcm")), ""
    by = "gcm" if said else by
    tcf = consent.get("tcf")
    if isinstance(tcf, str) and len(tcf) <= LONGEST_TC_STRING and (allowed := purposes_of(tcf)):
        said, by = {**said, **allowed}, "tcf"
    chosen = _chosen(consent.get("categoryPreferences"), categories)
    if chosen:
        said, by = {**said, **chosen}, "page"
    if consent.get("gpc") is True:
        said["ads"] = False
    return said, by or ("gpc" if said else "")


def _chosen(preferences: object, categories: Mapping[str, str]) -> dict[str, bool]:
    """Where two categories mean one purpose both must be allowed."""
    said: dict[str, bool] = {}
    if isinstance(preferences, dict):
        for name, value in preferences.items():
            purpose = name if name in PURPOSES else categories.get(name)
            if purpose is not None and (value is True or value is False):
                said[purpose] = said.get(purpose, True) and value
    return said


def _granted(modes: object) -> dict[str, bool]:
    said: dict[str, bool] = {}
    if isinstance(modes, dict):
        for name, value in modes.items():
            purpose = GCM_STORAGES.get(name)
            if purpose is not None:
                said[purpose] = said.get(purpose, True) and value == "granted"
    return said


@lru_cache(maxsize=4096)
def purposes_of(tc_string: str) -> Choices:
    """What a TC string of version 2 allows; nothing when it is none. The publisher's own segment goes before what vendors may."""
    try:
        core, *others = [_Bits(part) for part in tc_string.split(".")]
    except (binascii.Error, ValueError):
        return {}
    segments = {part.number(0, 3): part for part in others}
    if core.number(0, 6) != 2 or core.length < _PURPOSES_AT + _PURPOSES_BITS:
        return {}
    if core.number(*_CREATED) >= DISCLOSED_SINCE and _DISCLOSED_VENDORS not in segments:
        return {}
    publisher = segments.get(_PUBLISHER_TC)
    spoken = (core, _PURPOSES_AT) if publisher is None or publisher.length < _PUBLISHER_AT + _PURPOSES_BITS else (publisher, _PUBLISHER_AT)
    return {purpose: all(spoken[0].number(spoken[1] + n - 1, 1) for n in numbers) for purpose, numbers in TCF_PURPOSES.items()}


class _Bits:
    """A segment of a TC string, the first bit first."""

    def __init__(self, text: str) -> None:
        octets = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        self.length = 8 * len(octets)
        self._bits = int.from_bytes(octets, "big")

    def number(self, begins: int, bits: int) -> int:
        """The whole number in `bits` bits; 0 where the segment has ended."""
        rest = self.length - begins - bits
        return (self._bits >> rest) & ((1 << bits) - 1) if rest >= 0 else 0
