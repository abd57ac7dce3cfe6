import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.collector.edge import Edge

CLIENTS = Path(__file__).parents[2] / "browser"
"""Where `make .venv/.stamp-node` puts Segment's JavaScript clients."""


@pytest.fixture
def edge(tmp_path):
    edge = Edge(tmp_path / "log")
    yield edge
    edge.close()


@dataclass(frozen=True, slots=True)
class SegmentClients:
    """Node, and the folder that holds `node_modules`."""

    node: str
    folder: Path


@pytest.fixture(scope="session")
def segment_clients():
    """Skips where Node or the clients are missing."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node here")
    if not (CLIENTS / "node_modules/@segment").is_dir():
        pytest.skip("Segment's JavaScript clients are not installed: run npm ci in browser/")
    return SegmentClients(node, CLIENTS)
