"""`opportune webhooks test FILE` and `opportune webhooks replay SOURCE`: what a mapping makes of payloads."""

import argparse
import json
import os

from opportune.adapters.project.connectors import connector_named
from opportune.cli.commands.command import Command
from opportune.cli.context import Context
from opportune.cli.times import instant_option
from opportune.language.vocabulary.instants import EARLIEST
from opportune.language.vocabulary.problems import known_names
from opportune.shell.refusals import Misused, Unusable
from opportune.shell.webhooks import Replayed, hooks_of, open_raw, replay
from opportune.stages.mapping.connector import Hook


def _arguments(words: argparse.ArgumentParser) -> None:
    words.add_argument("what", choices=["test", "replay"])
    words.add_argument(
        "subject", metavar="FILE_OR_SOURCE", help="test: a file with the body of a request; replay: a source of opportune.yml"
    )
    words.add_argument("--source", metavar="NAME", help="test: the source whose connector reads it")
    words.add_argument("--connector", metavar="NAME", help="test: instead of a source, a built-in connector or a mapping file")
    words.add_argument("--header", action="append", default=[], metavar="NAME:VALUE", help="test: a header of the request; may be repeated")
    words.add_argument("--from", dest="since", metavar="T", help="replay: what was received at T or later (default: all that is kept)")


def _run(context: Context, options: argparse.Namespace) -> int:
    return _test(context, options) if options.what == "test" else _replay(context, options)


def _test(context: Context, options: argparse.Namespace) -> int:
    """Show the calls, one JSON object a line; nothing is stored."""
    hook = _hook(context, options)
    try:
        body = context.path(options.subject).read_bytes()
    except OSError as error:
        raise Unusable(f"{options.subject} cannot be read: {error.strerror}") from error
    headers = _headers(options.header)
    media = headers.get("content-type", "application/json")
    mapped = hook.mapped(body, media=media, headers=hook.connector.kept_headers(headers))
    for call in mapped.calls:
        context.say(json.dumps(call, ensure_ascii=False))
    for failed in mapped.failures:
        context.warn(str(failed))
    if not mapped.calls and not mapped.failures:
        context.warn(f"opportune: no entry speaks of this payload (topic: {mapped.topic or 'none'})")
    return 1 if mapped.failures else 0


def _hook(context: Context, options: argparse.Namespace) -> Hook:
    if (options.source is None) == (options.connector is None):
        raise Misused("say who reads it: --source NAME, or --connector NAME\n  One of the two.")
    project = context.workspace.files_now(with_templates=False)
    if options.connector is not None:
        return Hook(source="test", connector=connector_named(options.connector, project.files))
    return _of_source(options.source, hooks_of(project, os.environ))


def _of_source(source: str, hooks: dict[str, Hook]) -> Hook:
    if source not in hooks:
        raise Misused(f"no source with a webhook is called {source!r}\n  {known_names(source, hooks)}")
    return hooks[source]


def _headers(said: list[str]) -> dict[str, str]:
    found = [each.partition(":") for each in said]
    if not all(colon for _, colon, _ in found):
        raise Misused("a header is written NAME:VALUE\n  Such as: --header X-Shopify-Topic:orders/create")
    return {name.strip().lower(): value.strip() for name, _, value in found}


def _replay(context: Context, options: argparse.Namespace) -> int:
    workspace = context.workspace
    since = instant_option("--from", options.since) or EARLIEST
    hook = _of_source(options.subject, hooks_of(workspace.files_now(with_templates=False), os.environ))
    if context.webhooks is not None:
        context.webhooks.take_up()
        told = context.webhooks.replay(hook, since)
    else:
        raw = open_raw(workspace)
        try:
            told = replay(workspace, hook, raw, workspace.log_taken, since)
        finally:
            raw.close()
        workspace.load(workspace.log_taken)
    _tell(context, told)
    return 1 if told.failures else 0


def _tell(context: Context, told: Replayed) -> None:
    context.say(f"{told.payloads:,} payloads told again: {told.calls:,} calls; those known already change nothing")
    if told.left_out:
        context.say(f"  {told.left_out:,} payloads no entry speaks of")
    for reason, number in sorted(told.failures.items()):
        context.warn(f"{number:,} × {reason}")


COMMAND = Command(arguments=_arguments, run=_run)
