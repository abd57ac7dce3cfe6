"""How every test runs: Hypothesis profiles, the browser, and a last line that names what was skipped."""

import os
import shutil
import signal
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("fast", deadline=None, max_examples=60, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("soak", deadline=None, max_examples=5_000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where Chromium is; a test that asks for it is skipped where there is none."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("no Chromium here")
    return found


def closing_line(outcomes: dict[str, int], skipped: list[str]) -> str:
    """One line: counts, then every skipped test with its reason."""
    counts = f"tests: {outcomes['passed']} passed, {outcomes['failed']} failed, {len(skipped)} skipped"
    return counts if not skipped else f"{counts}: {'; '.join(skipped)}"


class ClosingLine:
    """Prints `closing_line` below pytest's own summary."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._outcomes = {"passed": 0, "failed": 0}
        self._skipped: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            reason = report.longrepr[2].removeprefix("Skipped: ") if isinstance(report.longrepr, tuple) else "skipped"
            self._skipped.append(f"{report.nodeid} ({reason})")
        elif report.failed:
            self._outcomes["failed"] += 1
        elif report.when == "call" and report.passed:
            self._outcomes["passed"] += 1

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._outcomes["failed"] += 1
        elif report.skipped and isinstance(report.longrepr, tuple):
            self._skipped.append(f"{report.nodeid} ({report.longrepr[2].removeprefix('Skipped: ')})")

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self) -> Iterator[None]:
        yield  # the terminal's own summary comes first
        terminal = self._config.pluginmanager.get_plugin("terminalreporter")
        if terminal is not None:
            terminal.write_line(closing_line(self._outcomes, self._skipped))


def pytest_configure(config: pytest.Config) -> None:
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a shell's background job, whose children would be deaf to Ctrl-C as well
        signal.signal(signal.SIGINT, signal.default_int_handler)
    is_worker = hasattr(config, "workerinput")
    if not is_worker:
        config.pluginmanager.register(ClosingLine(config), "closing_line")
