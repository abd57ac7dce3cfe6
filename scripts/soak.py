"""`make soak`: fuzz, chaos and large benchmarks, and the reports that are committed.

Gives  benchmarks/reports/{fuzz,chaos,engine,sources,benchmarks}.md: when, on what machine, of which commit, how long, and the closing lines
       `ARGS=fuzz`, `ARGS=chaos`, `ARGS=engine`, `ARGS=sources` or `ARGS=benchmarks` runs one of the five; OPPORTUNE_SOAK_SHARE=0.05 draws a
       twentieth of the examples
Exit   1 when a stage failed; its report is written all the same
"""

import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[1]
REPORTS = ROOT / "benchmarks" / "reports"
NOTHING_COLLECTED = 5
"""pytest's exit code for a selection without tests."""
CLOSING_LINES = 200
NOISE = re.compile(r"nanobind: | - leaked | - \.\.\. skipped|See https://nanobind|.*opportune: no smtp: is set")
"""What DuckDB's binding says of itself when the interpreter ends, and where a served project puts its mail: it would push pytest's closing
lines out of the report."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One run of pytest: what it shows, its arguments and settings."""

    title: str
    arguments: tuple[str, ...]
    environment: tuple[tuple[str, str], ...] = ()


FUZZ = "fuzz or json"
SOAK, DEEP = ("tests", "-m", "soak", "--timeout=7200", "-s"), (("HYPOTHESIS_PROFILE", "soak"),)
ENGINE = tuple(f"benchmarks/bench_{name}.py" for name in ("engine", "rollups", "tick", "others"))
SOURCES = tuple(f"benchmarks/bench_{name}.py" for name in ("edge", "collector", "arrival"))
BENCH = ("--override-ini=python_files=bench_*.py test_*.py", "--benchmark-enable", "--timeout=7200", "-p", "no:xdist", "-s")
LARGE = (("OPPORTUNE_BENCH", "large"),)
STAGES = {
    "fuzz": Stage("Fuzz", (*SOAK, "-k", FUZZ, "--hypothesis-show-statistics", "--durations=0"), DEEP),
    "chaos": Stage("Chaos", (*SOAK, "-k", f"not ({FUZZ})"), DEEP),
    "engine": Stage("The engine at 10 M and 100 M events", (*ENGINE, *BENCH), LARGE),
    "sources": Stage("What comes in, and how fast", (*SOURCES, *BENCH), LARGE),
    "benchmarks": Stage("Large benchmarks", ("benchmarks", *BENCH, *(f"--ignore={file}" for file in (*ENGINE, *SOURCES))), LARGE),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a stage came to."""

    stage: Stage
    code: int
    seconds: float
    lines: tuple[str, ...]

    @property
    def is_good(self) -> bool:
        """Passed, or there was nothing to run."""
        return self.code in (0, NOTHING_COLLECTED)


def run(stage: Stage, extra: Iterable[str]) -> Outcome:
    """Run one stage, showing its output as it comes and keeping its end."""
    command = [sys.executable, "-m", "pytest", *stage.arguments, *extra]
    began, lines = time.monotonic(), []
    with subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **dict(stage.environment)}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        for line in process.stdout or ():
            sys.stdout.write(line)
            if not NOISE.match(line):
                lines.append(line.rstrip().replace(f"{ROOT}/", "").replace(str(ROOT), "."))
    return Outcome(stage, process.returncode, time.monotonic() - began, tuple(lines[-CLOSING_LINES:]))


def report(outcome: Outcome) -> str:
    """The report as Markdown. Names versions and sizes of the machine, no path and no host."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    share = os.environ.get("OPPORTUNE_SOAK_SHARE", "1")
    return (
        f"# {outcome.stage.title}: the last run\n\n"
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, commit {commit or 'unknown'}, Python {platform.python_version()}, "
        f"DuckDB {version('duckdb')}, {os.cpu_count()} cores, {memory_gib:.0f} GiB, "
        f"load average {load} at the end, share of examples {share}.\n"
        f"\n{'Passed' if outcome.is_good else 'FAILED'} in {outcome.seconds:.0f} s:\n\n```\n" + "\n".join(outcome.lines) + "\n```\n"
    )


def main() -> int:
    """Run the stages asked for, write their reports, and say by the exit code whether all was well."""
    names, extra = [word for word in sys.argv[1:] if word in STAGES], [word for word in sys.argv[1:] if word not in STAGES]
    is_good = True
    for name in names or STAGES:
        outcome = run(STAGES[name], extra)
        REPORTS.mkdir(parents=True, exist_ok=True)
        (REPORTS / f"{name}.md").write_text(report(outcome), encoding="utf-8")
        print(f"wrote benchmarks/reports/{name}.md")
        is_good = is_good and outcome.is_good
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
