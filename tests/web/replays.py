"""Figures of a made-up backtest, for the report."""

from datetime import timedelta
from random import Random

from opportune.language.vocabulary.instants import Instant, parse_instant, span_of
from opportune.stages.measurement.replayed import Decided, ReplayFigures, replay_figures
from opportune.stages.measurement.summary import Enrolled, JourneySummary, Mail, summarise
from opportune.web.replay_report import Replay, Variant

START = parse_instant("2025-06-01T00:00:00Z")
DAY = span_of(timedelta(days=1))
NAMES = ("cart-abandonment", "checkout-abandonment", "product-abandonment", "search-abandonment", "welcome", "win-back", "back-in-stock")
HOSTILE = "<script>alert('ü')</script>&amp;\"quoted\""
REASONS = ("held out", "capped", "no consent", "too soon after another", "quiet hours")
TIERS = ("high", "medium", "growing", "low")


def figures(names: tuple[str, ...] = NAMES, *, days: int = 200, seed: int = 1, reasons: tuple[str, ...] = REASONS) -> ReplayFigures:
    """Some hundred messages."""
    drawn = Random(seed)
    decided = [
        Decided(
            journey=drawn.choices(names, range(1, len(names) + 1))[0],
            customer=drawn.randrange(300),
            at=Instant(START + 1 + drawn.randrange(days * DAY)),
            reason=drawn.choice(reasons) if drawn.random() < 0.3 else "",
            tier=drawn.choice((*TIERS, "")),
            orders=int(drawn.random() < 0.05),
            value=400_000,
        )
        for _ in range(1_500)
        if names
    ]
    turned = {(name, why): drawn.randrange(40) for name in names for why in ("only_if was false", "entered too recently", "outranked")}
    summaries = [_summary(name, decided, drawn) for name in names]
    return replay_figures(summaries, turned, decided, tiers=TIERS, start=START, end=Instant(START + days * DAY))


def _summary(name: str, decided: list[Decided], drawn: Random) -> JourneySummary:
    mails = [Mail(str(n), name, "held" if d.reason else "planned", d.reason, d.at) for n, d in enumerate(decided) if d.journey == name]
    entered = [
        Enrolled(str(n), name, f"c{n}", drawn.random() < 0.1, START, START if drawn.random() < 0.2 else None, 10_000)
        for n in range(len(mails))
    ]
    return summarise(name, entered, mails, frozenset())


def replay(*variants: Variant, shop: str = "Lamps & Söhne", days: int = 200) -> Replay:
    """A report's figures."""
    return Replay(shop=shop, currency="EUR", start=START, end=Instant(START + days * DAY), tier="value", variants=variants)
