"""The commands, by name, in the order of help. Each is imported when it runs, so that `opportune --help` waits for no engine."""

from importlib import import_module

from opportune.cli.commands.command import Command

COMMANDS: dict[str, str] = {
    "demo": "a sample shop, start to finish: history, journeys, backtest, live server, mailbox",
    "init": "a new project from the starter pack",
    "check": "every problem of the definitions at once",
    "import": "history from NDJSON, CSV or Parquet files",
    "pull": "fetch now what is fetched at set times: files of folders, pages of JSON",
    "evaluate": "values of definitions for every customer, at any moment",
    "moments": "every moment in a stretch of time",
    "memberships": "who was in which segment, rung or band, from when to when",
    "backtest": "what journeys would have done in the past",
    "audit": "what the data and the definitions lack, as a report",
    "explain": "why somebody is in a segment or not, got a message or did not",
    "timeline": "one customer's past in order, whichever of her ids it was sent with",
    "plan": "what would change if the files were applied: definitions, people, messages, whoever is on the way",
    "apply": "switch what runs to the files as they are",
    "serve": "everything in one process: collector, tick, sender, tracking, web",
    "messages": "every message, sent or not, with its reason",
    "report": "the figures: customers, segments, journeys, what mail earned",
    "webhooks": "what webhooks bring: try a mapping on a payload, or tell again what was kept",
    "sources": "who sends, how much, how fresh, what went wrong, and who fell silent",
    "keys": "write keys: who may send events",
    "users": "operators: who may sign in to the pages",
}
"""Name → what it does, in a line."""

_MODULES = {"import": "importing"}
"""Where a command's name cannot be that of its module."""


def command_of(name: str) -> Command:
    """The command of a name in COMMANDS."""
    command = import_module(f"{__name__}.{_MODULES.get(name, name)}").COMMAND
    assert isinstance(command, Command)
    return command
