"""`opportune users add EMAIL --role admin`: who may sign in to the pages."""

import argparse

from opportune.cli.commands.command import Command
from opportune.cli.context import Context
from opportune.web.roles import ROLES


def _arguments(words: argparse.ArgumentParser) -> None:
    words.add_argument("what", choices=["add", "list"])
    words.add_argument("email", nargs="?", default="", metavar="EMAIL")
    words.add_argument("--role", choices=ROLES, default=ROLES[0], help=f"what the operator may do (default: {ROLES[0]})")


def _run(context: Context, options: argparse.Namespace) -> int:
    from opportune.web.operators import add_operator, operators

    data = context.workspace.data
    if options.what == "list":
        for operator in operators(data):
            context.say(f"{operator.email}\t{operator.role}\t{'password' if operator.has_password else 'one-time links only'}")
        return 0
    if not options.email:
        context.warn("opportune: users add needs an e-mail address\n  Such as: opportune users add ann@example.com --role admin")
        return 2
    try:
        path = add_operator(data, options.email, options.role)
    except ValueError as error:
        context.warn(f"opportune: {error}\n  Such as: opportune users add ann@example.com --role admin")
        return 2
    address = _address(context)
    where = "" if address else "; put it behind the address that `serve` tells"
    context.say(f"{options.email.strip().lower()} may sign in as {options.role}. This link works once, within an hour{where}:")
    context.say(f"{address}{path}")
    return 0


def _address(context: Context) -> str:
    """Where the pages are; empty while no `serve` runs and nothing says where one will listen: it may be told another port."""
    public = context.workspace.project.settings.serve.public_url
    if public:
        return public.rstrip("/")
    if context.listening is None:
        return ""
    host, port = context.listening
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{host}:{port}"


COMMAND = Command(arguments=_arguments, run=_run, uses_stores=False, looks_at_stores=True)
