"""What a user agent says it is, by the real strings of browsers and robots."""

import pytest

from opportune.stages.events.agents import agent_of

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    "said, device, system, browser",
    [
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/120.0.0.0 Safari/537.36", "desktop", "Windows", "Chrome"),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Safari/605.1.15",
            *("desktop", "Mac OS X", "Safari"),
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 "
            "Safari/604.1",
            *("mobile", "iOS", "Mobile Safari"),
        ),
        (
            "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604",
            *("tablet", "iOS", "Mobile Safari"),
        ),
        (f"Mozilla/5.0 (Linux; Android 13; Pixel 7) {WEBKIT} Chrome/114.0.0.0 Mobile Safari/537.36", "mobile", "Android", "Chrome Mobile"),
        (f"Mozilla/5.0 (Linux; Android 13; SM-X906C) {WEBKIT} Chrome/114.0.0.0 Safari/537.36", "tablet", "Android", "Chrome"),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "bot", None, "Googlebot"),
        ("Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", "bot", None, "bingbot"),
        ("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", "bot", None, "FacebookBot"),
        ("", "other", None, None),
        ("nonsense \x00 ü 🛋", "other", None, None),
    ],
)
def test_a_user_agent_is_a_device_a_system_and_a_browser(said: str, device: str, system: str | None, browser: str | None) -> None:
    agent = agent_of(said)
    assert (agent.device, agent.os, agent.browser) == (device, system, browser)
    assert agent.is_robot == (device == "bot")
