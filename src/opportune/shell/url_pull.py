"""Pages of JSON from an address."""

from opportune.adapters.project.pull_sources import UrlPull
from opportune.shell.pulling import Intake, Progress, Pulled, PullFault


def pull_url(source: UrlPull, intake: Intake, progress: Progress) -> Pulled:
    """Placeholder."""
    raise PullFault("not yet")
