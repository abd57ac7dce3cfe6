"""`sources:` of opportune.yml."""

from pathlib import Path

import pytest
from tests.project.shop import written

from opportune.adapters.project.project import read_project
from opportune.adapters.project.webhook_sources import Webhook

SHOP = "shop: {name: Lamps, currency: EUR}\n"


def told(folder: Path, sources: str) -> list[str]:
    return [str(problem) for problem in read_project(written(folder, {"opportune.yml": f"{SHOP}sources:\n{sources}"})).problems]


def test_a_webhook_is_read_with_its_secrets_named_and_not_said(tmp_path: Path) -> None:
    text = f"{SHOP}sources:\n  shop: {{webhook: shopify, secret_env: [NEW, OLD], with: {{id_prefix: ''}}, largest: 2MB}}\n"
    settings = read_project(written(tmp_path, {"opportune.yml": text})).settings
    wanted = Webhook(name="shop", connector="shopify", secret_env=("NEW", "OLD"), settings={"id_prefix": ""}, largest_bytes=2_000_000)
    assert settings.sources == {"shop": wanted}


@pytest.mark.parametrize(
    "said, wanted",
    [
        ("  shop: {webhok: shopify}", "opportune.yml:3: sources.shop says no kind [E124]"),
        ("  Shop: {webhook: shopify}", "opportune.yml:3: 'Shop' cannot be a name in sources: [E126]"),
        ("  opportune.x: {webhook: shopify}", "opportune.yml:3: 'opportune.x' is a name Opportune writes itself [E126]"),
        ("  shop: {webhook: shopify, secrets_env: X}", "opportune.yml:3: sources.shop has no key 'secrets_env' [E123]\n  Did you mean"),
        ("  shop: {webhook: shopify, secret_env: shpss_0-1}", "sources.shop.secret_env must be the name of an environment variable"),
        ("  shop: {webhook: shopify, largest: 1GB}", "sources.shop.largest must be a size from 1KB to 16MB"),
        ("  shop: shopify", "sources.shop must be a map"),
    ],
)
def test_what_is_wrong_with_a_source_is_told_with_its_place(tmp_path: Path, said: str, wanted: str) -> None:
    assert any(wanted in problem for problem in told(tmp_path, said)), told(tmp_path, said)
