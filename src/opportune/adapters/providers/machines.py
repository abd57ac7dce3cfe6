"""Whether a provider itself says that a program opened or clicked, not a person: only people count."""

from typing import Any

_SAID = ("sg_machine_open", "is_prefetched", "bot", "is_bot", "machine_open", "prefetched")
"""SendGrid, SparkPost and others, each in a field of its own."""


def is_machine(event: Any) -> bool:
    """As far as the provider's own event says."""
    level = [event.esp_event] if isinstance(event.esp_event, dict) else []
    for _ in range(4):
        if any(_is_yes(each.get(name)) for each in level for name in _SAID):
            return True
        level = [part for each in level for part in each.values() if isinstance(part, dict)]
    return False


def _is_yes(value: Any) -> bool:
    """Mailgun names the program, and has an empty text for people."""
    return value is True or (isinstance(value, str) and value.strip().lower() not in ("", "false", "0", "none", "null", "unknown"))
