"""schemathesis asks a running `serve` by its own OpenAPI document, with what fits it and what does not."""

import os
import re
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from tests.live.serving import Serve, done, serving, write
from tests.soaking import share_of

pytestmark = [pytest.mark.processes, pytest.mark.slow, pytest.mark.timeout(7200)]
PROJECT = """
shop: {name: Lamp & Rug, currency: USD, url: "https://shop.example", address: 1 Main Street, timezone: UTC, consent: {opt_in: []}}
sender: {from: Lamp & Rug <hello@shop.example>}
"""
MEANT = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance"
CHECKS = f"{MEANT},positive_data_acceptance,unsupported_method,ignored_auth"


@dataclass(frozen=True, slots=True)
class Asked:
    """A `serve`, and a key to it."""

    serve: Serve
    key: str


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    folder = write(tmp_path_factory.mktemp("interface") / "project", {"opportune.yml": PROJECT}, ())
    key = done("keys", "add", "shop", project=folder).splitlines()[-1]
    with serving(folder) as serve:
        yield Asked(serve, key)
        assert serve.process.poll() is None
        assert "Traceback" not in serve.said()


def explored(asked: Asked, folder: Path, *words: str, seconds: int) -> str:
    """What schemathesis says at the end. Its seed is fixed, so that a failure can be seen again."""
    header = "Authorization: Basic " + b64encode(f"{asked.key}:".encode()).decode()
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{asked.serve.address}/api/openapi.json", "--header", header]
    command += ["--checks", CHECKS, "--seed", "7", "--no-color", "--generation-allow-x00", "false", "--request-timeout", "20", *words]
    ended = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=seconds, check=False, env={**os.environ, "COLUMNS": "200"}
    )
    assert ended.returncode == 0, ended.stdout[-12_000:] + ended.stderr[-3_000:]
    return ended.stdout


def test_the_document_is_there_for_anybody(asked: Asked) -> None:
    address = f"{asked.serve.address}/api/openapi.json"
    answer = httpx.get(address)
    assert (answer.status_code, answer.json()["openapi"]) == (200, "3.1.0")
    assert [httpx.head(address).status_code, httpx.post(address).status_code] == [200, 405]


def test_serve_answers_as_its_document_says(asked: Asked, tmp_path: Path) -> None:
    said = explored(asked, tmp_path, "--phases", "coverage,fuzzing", "--max-examples", "5", seconds=600)
    print(summary(said))
    generated, passed = re.findall(r"(\d+) generated, (\d+) passed", said)[0]
    assert generated == passed and int(passed) > 1_000


@pytest.mark.soak
def test_serve_answers_as_its_document_says_however_often_it_is_asked(asked: Asked, tmp_path: Path) -> None:
    examples = str(share_of(2_000))
    said = explored(asked, tmp_path, "--phases", "examples,coverage,fuzzing,stateful", "--max-examples", examples, seconds=7200)
    print(summary(said))


def summary(said: str) -> str:
    """Its closing lines."""
    return said[found.start() :] if (found := re.search(r"=+ SUMMARY", said)) else said[-2000:]
