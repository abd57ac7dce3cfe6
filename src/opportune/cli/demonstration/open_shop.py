"""The demo's shop open: everything that `serve` runs, visitors in a process of their own, an operator with a one-time link."""

from contextlib import ExitStack, closing, suppress
from pathlib import Path

from opportune.cli.context import Context
from opportune.cli.demonstration.month import SOURCE
from opportune.cli.demonstration.year import DAY
from opportune.cli.serving import Service, listening
from opportune.samples.post_office import PostOffice
from opportune.samples.shop import Shop
from opportune.samples.visitors import Orders, Visitors
from opportune.shell.refusals import Unusable
from opportune.shell.workspace import Workspace

HOST = "127.0.0.1"
USUAL_PORT = 8000
TRIES = 20
VISITS_PER_MINUTE = 40.0
HURRY = 600.0
"""People of the demo take a second where others take ten minutes."""
OPERATOR = "demo@halden-wick.example"


def free_port(wished: int | None) -> int:
    """The wished port, or the first free one from the usual one on. Raises Unusable."""
    if wished is not None:
        return _bound(wished)
    for port in range(USUAL_PORT, USUAL_PORT + TRIES):
        with suppress(Unusable):
            return _bound(port)
    return _bound(0)


def _bound(port: int) -> int:
    with closing(listening(HOST, port)) as socket:
        found: int = socket.getsockname()[1]
        return found


def serve(context: Context, folder: Path, shop: Shop, office: PostOffice) -> int:
    """Serve until Ctrl-C or SIGTERM, both of which end in status 0 with nothing left behind."""
    from opportune.cli.main import run_inside
    from opportune.web.operators import add_operator

    with ExitStack() as stack:
        workspace = stack.enter_context(closing(Workspace(folder)))
        port = workspace.project.settings.serve.port
        link = add_operator(workspace.data, OPERATOR, "admin")
        write_key = workspace.registry.add_key(SOURCE, is_browser=False, at=workspace.clock())
        service = Service(workspace, host=HOST, port=port, run_command=run_inside)

        def ready() -> None:
            stack.enter_context(closing(Visitors.start(_orders(shop, office, port, write_key))))
            context.say(
                f"The shop is open: about {VISITS_PER_MINUTE:.0f} visits a minute arrive over HTTP, first mails within a minute. "
                f"Ctrl-C ends everything.\n\nOpen this address; it signs you in, once, within the hour:\n{service.public_url}{link}"
            )

        return service.run(ready)


def _orders(shop: Shop, office: PostOffice, port: int, write_key: str) -> Orders:
    world = shop.world
    return Orders(
        customers=len(world.customers),
        seed=world.seed,
        start=world.seasons.start,
        days=(world.seasons.end - world.seasons.start) // DAY,
        port=port,
        write_key=write_key,
        letters=str(office.folder),
        visits_per_minute=VISITS_PER_MINUTE,
        hurry=HURRY,
    )
