import pytest
from tests.collector.edge import Edge


@pytest.fixture
def edge(tmp_path):
    edge = Edge(tmp_path / "log")
    yield edge
    edge.close()
