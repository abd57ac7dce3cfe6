"""Write keys beside a running `serve`: one that is added or revoked is so at once, and one that is bound stays bound over a restart."""

import json
from pathlib import Path

import httpx
import pytest
from tests.live.serving import done, run, serving, state, write

pytestmark = [pytest.mark.processes, pytest.mark.slow, pytest.mark.timeout(200)]
CALL = {"event": "Cart Viewed", "userId": "ada", "messageId": "m1"}
PAGE = {"event": "Cart Viewed", "anonymousId": "a1"}


def sent(address: str, key: str, call: dict[str, str] = CALL, **headers: str) -> httpx.Response:
    return httpx.post(f"{address}/v1/track", json=call, auth=(key, ""), headers=headers, timeout=30)


def key_of(said: str) -> str:
    return said.splitlines()[-1]


def test_keys_are_added_bound_and_revoked_while_it_serves(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    write(folder, {"opportune.yml": "shop: {name: Lamps, currency: EUR, country: US}\n"}, [])
    with serving(folder) as serve:
        one, other = (key_of(done("keys", "add", "shop", project=folder)) for _ in range(2))
        page = key_of(done("keys", "add", "site", "--browser", "--origin", "https://shop.example", project=folder))
        slow = key_of(done("keys", "add", "till", "--per-second", "0.01", "--burst", "1", project=folder))
        assert [sent(serve.address, key).status_code for key in (one, other, slow)] == [200, 200, 200]
        too_often = sent(serve.address, slow)
        assert (too_often.status_code, too_often.json()["code"], int(too_often.headers["retry-after"]) > 0) == (429, "too_often", True)
        assert sent(serve.address, page, PAGE).status_code == 403
        assert (
            sent(serve.address, page, PAGE, origin="https://shop.example").headers["access-control-allow-origin"] == "https://shop.example"
        )
        assert done("keys", "revoke", one, project=folder).startswith("Revoked: shop, server, ")
        assert [sent(serve.address, key).status_code for key in (one, other)] == [401, 200]
        done("keys", "revoke", "shop", project=folder)
        assert sent(serve.address, other).status_code == 401
        assert run("keys", "revoke", "shop", project=folder).returncode == 2
    with serving(folder) as serve:
        assert [sent(serve.address, key).status_code for key in (one, other)] == [401, 401]
        assert sent(serve.address, page, PAGE, origin="https://evil.example").status_code == 403
        assert [line.split("\t")[0] for line in done("keys", "list", project=folder).splitlines()] == ["site", "till"]


def test_behind_a_proxy_a_visitors_country_decides_and_her_address_is_written_nowhere(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    write(folder, {"opportune.yml": "shop: {name: Lamps, currency: EUR, country: US}\n"}, [])
    german, american, forged = "193.99.144.80", "8.8.8.8", "9.9.9.9"
    with serving(folder) as serve:
        page = key_of(done("keys", "add", "site", "--browser", project=folder))
        for number, (name, value) in enumerate(
            [
                ("x-forwarded-for", german),
                ("x-forwarded-for", f"{forged}, {german}"),
                ("x-forwarded-for", f"{german}, {american}"),
                ("forwarded", f"for={german}"),
                ("forwarded", f'for="{american}:4711"'),
            ]
        ):
            answer = sent(serve.address, page, {**PAGE, "messageId": f"m{number}"}, **{name: value})
            assert (answer.status_code, answer.json()) == (200, {"success": True})
        assert serve.stop() == 0
    logs = [line for path in (folder / ".opportune" / "log").rglob("*.ndjson") for line in path.read_text().splitlines()]
    stored = {line["messageId"]: line["context"]["location"] for line in map(json.loads, logs)}
    assert stored == {"site:m2": {"country": "US"}, "site:m4": {"country": "US"}}
    written = b"".join(path.read_bytes() for path in (folder / ".opportune").rglob("*") if path.is_file())
    assert b"site:m2" in written
    assert [address for address in (german, american, forged) if address.encode() in written] == []
    tallies = state(folder, "SELECT kind, reason, count FROM ledger WHERE source = 'site' ORDER BY kind")
    assert tallies == [("accepted", "", 2), ("withheld", "tracking", 3)]
