"""The suite runs over every way the state is kept."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from opportune.adapters.stores.database import Database
from opportune.adapters.stores.journeys import SqlJourneyState
from opportune.adapters.stores.remembered import RememberedState


@pytest.fixture(params=["file", "memory"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty state."""
    opened = Database.open(f"sqlite:///{tmp_path / 'state.sqlite'}" if request.param == "file" else "sqlite://")
    yield opened
    opened.close()


@pytest.fixture(params=["file", "memory", "remembered"])
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlJourneyState | RememberedState]:
    """An empty state, of every kind that ticks are decided on."""
    if request.param == "remembered":
        yield RememberedState()
        return
    opened = Database.open(f"sqlite:///{tmp_path / 'state.sqlite'}" if request.param == "file" else "sqlite://")
    yield SqlJourneyState(opened)
    opened.close()


@pytest.fixture
def filed(tmp_path: Path) -> Iterator[Database]:
    """An empty state in `tmp_path / "state.sqlite"`."""
    opened = Database.open(f"sqlite:///{tmp_path / 'state.sqlite'}")
    yield opened
    opened.close()
