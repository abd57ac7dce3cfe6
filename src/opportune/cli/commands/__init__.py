"""The commands, by name."""

from opportune.cli.commands import apply, backtest, check, demo, evaluate, importing, init, keys, messages, moments, report, serve, users
from opportune.cli.commands.command import Command

COMMANDS: dict[str, Command] = {
    "demo": demo.COMMAND,
    "init": init.COMMAND,
    "check": check.COMMAND,
    "import": importing.COMMAND,
    "evaluate": evaluate.COMMAND,
    "moments": moments.COMMAND,
    "backtest": backtest.COMMAND,
    "apply": apply.COMMAND,
    "serve": serve.COMMAND,
    "messages": messages.COMMAND,
    "report": report.COMMAND,
    "keys": keys.COMMAND,
    "users": users.COMMAND,
}
