"""Charts as inline SVG: no script, no style attributes, readable without colour, with titles for pointers and words for screen readers.

Units inside a chart are CSS pixels at its natural width; the page scales it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from opportune.shell.overview import Day
from opportune.stages.measurement.arms import Interval
from opportune.web.wording import day, money, short

LEFT, RIGHT, TOP, BOTTOM = 44.0, 52.0, 14.0, 26.0
NONE = SafeString("")


@dataclass(frozen=True, slots=True)
class Axis:
    """From `low` to `high` in steps; `low` is 0 or below."""

    low: float
    high: float
    step: float

    @property
    def ticks(self) -> list[float]:
        """Where the lines are, low to high."""
        return [self.low + n * self.step for n in range(round((self.high - self.low) / self.step) + 1)]


def axis_for(values: Sequence[float], *, lines: int = 4) -> Axis:
    """Round steps of 1, 2 or 5 times a power of ten that hold all values and zero."""
    low, high = min([0.0, *values]), max([0.0, *values])
    rough = (high - low) / lines or 1.0
    power = 10.0 ** math.floor(math.log10(rough))
    step = max(next(n * power for n in (1, 2, 5, 10) if n * power >= rough * 0.999), 1e-9)
    return Axis(math.floor(low / step) * step, max(math.ceil(high / step), math.floor(low / step) + 1) * step, step)


def sparkline(values: Sequence[int], label: str) -> SafeString:
    """A small line of the last minutes; the last point stands out."""
    width, height, most = 160.0, 40.0, max([1, *values])
    across = width / max(1, len(values) - 1)
    points = [(n * across, height - 3 - (height - 8) * value / most) for n, value in enumerate(values)]
    if not points:
        return NONE
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return format_html(
        '<svg class="sparkline" viewBox="-3 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<polygon points="0,{} {} {},{}"/><polyline points="{}" vector-effect="non-scaling-stroke"/></svg>',
        *(width + 6, height, label, height, line, width, height, line),
    )


def interval_plot(found: Interval, ends: tuple[float, float], words: str) -> SafeString:
    """An estimate and its interval against zero, on a scale between `ends`, which hold zero and every interval on it."""
    width, height, edge = 120.0, 22.0, 7.0
    low_end, high_end = ends

    def at(value: float) -> float:
        return edge + (width - 2 * edge) * (value - low_end) / ((high_end - low_end) or 1.0)

    kind = "up" if found.low > 0 else "down" if found.high < 0 else "open"
    low, high, zero = at(found.low), at(found.high), at(0.0)
    return format_html(
        '<svg class="interval {}" viewBox="0 0 {} {}" role="img" aria-label="{}"><title>{}</title>'
        '<line class="zero" x1="{}" x2="{}" y1="1" y2="21"/><line class="span" x1="{}" x2="{}" y1="11" y2="11"/>'
        '<line class="span" x1="{}" x2="{}" y1="7" y2="15"/><line class="span" x1="{}" x2="{}" y1="7" y2="15"/>'
        '<circle cx="{}" cy="11" r="4"/></svg>',
        *(kind, width, height, words, words),
        *(_px(place) for place in (zero, zero, low, high, low, low, high, high, at(found.estimate))),
    )


def days_chart(days: Sequence[Day], currency: str, *, width: float, name: str) -> SafeString:
    """Mails a day as bars against the left axis, net revenue as a line against the right."""
    if not days:
        return NONE
    height = 264.0
    mails, revenue = axis_for([day.mails for day in days]), axis_for([day.revenue for day in days])
    frame = _Frame(width, height, len(days))
    grid = _grid(frame, mails, revenue, currency)
    bars = format_html_join("", '<rect class="mails" x="{}" y="{}" width="{}" height="{}" rx="2"/>', _bars(frame, days, mails))
    points = [(frame.centre(n), frame.height_of(each.revenue, revenue)) for n, each in enumerate(days)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dot = format_html('<circle class="revenue" cx="{}" cy="{}" r="3.5"/>', *map(_px, points[-1]))
    total = f"{sum(each.mails for each in days):,} mails and {money(sum(each.revenue for each in days), currency)} net revenue"
    return format_html(
        '<svg class="days {}" viewBox="0 0 {} {}" role="img" aria-label="{} in {} days, by day">{}{}'
        '<polyline class="revenue" points="{}"/>{}{}{}</svg>',
        *(name, width, height, total, len(days), grid, bars, line, dot, _dates(frame, days), _pointers(frame, days, currency)),
    )


@dataclass(frozen=True, slots=True)
class _Frame:
    width: float
    height: float
    number: int

    @property
    def across(self) -> float:
        return (self.width - LEFT - RIGHT) / self.number

    @property
    def floor(self) -> float:
        return self.height - BOTTOM

    def centre(self, n: int) -> float:
        return LEFT + (n + 0.5) * self.across

    def height_of(self, value: float, axis: Axis) -> float:
        return self.floor - (self.floor - TOP) * (value - axis.low) / (axis.high - axis.low)


def _grid(frame: _Frame, mails: Axis, revenue: Axis, currency: str) -> SafeString:
    right = frame.width - RIGHT
    lines = [
        format_html(
            '<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/><text class="axis" x="{}" y="{}" text-anchor="start">{}</text>',
            *(_px(LEFT), _px(right), _px(y), _px(y), _px(right + 8), _px(y + 4), _axis_money(tick, currency)),
        )
        for tick in revenue.ticks
        for y in [frame.height_of(tick, revenue)]
    ]
    if mails.high >= 1:
        whole = [tick for tick in mails.ticks if tick == int(tick)]
        lines += [
            format_html(
                '<text class="axis" x="{}" y="{}" text-anchor="end">{}</text>',
                *(_px(LEFT - 8), _px(frame.height_of(tick, mails) + 4), short(tick)),
            )
            for tick in whole
        ]
    return mark_safe("".join(lines))


def _axis_money(value: float, currency: str) -> str:
    return money(value, currency) if abs(value) < 1000 and value != int(value) else _prefixed(value, currency)


def _prefixed(value: float, currency: str) -> str:
    """`$2k`: the symbol of a whole amount, then the short number."""
    symbol = money(0, currency, decimals=0).removesuffix("0")
    shown = short(value)
    return f"{shown[0]}{symbol}{shown[1:]}" if value < 0 else f"{symbol}{shown}"


def _bars(frame: _Frame, days: Sequence[Day], axis: Axis) -> list[tuple[str, str, str, str]]:
    wide = max(1.5, frame.across * 0.62)
    zero = frame.height_of(0, axis)
    tops = [(n, frame.height_of(each.mails, axis)) for n, each in enumerate(days) if each.mails]
    return [(_px(frame.centre(n) - wide / 2), _px(top), _px(wide), _px(max(1.0, zero - top))) for n, top in tops]


def _dates(frame: _Frame, days: Sequence[Day]) -> SafeString:
    """As many dates as fit, the last day always among them."""
    every = max(1, math.ceil(58 / frame.across))
    shown = range(len(days) - 1, -1, -every)
    places = ((_px(frame.centre(n)), _px(frame.height - 6), day(days[n].start)) for n in shown)
    return format_html_join("", '<text class="axis" x="{}" y="{}" text-anchor="middle">{}</text>', places)


def _pointers(frame: _Frame, days: Sequence[Day], currency: str) -> SafeString:
    """An invisible column a day that says its figures."""
    columns = (
        (_px(LEFT + n * frame.across), _px(TOP), _px(frame.across), _px(frame.floor - TOP), _words(each, currency))
        for n, each in enumerate(days)
    )
    return format_html_join("", '<rect class="pointer" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>', columns)


def _words(each: Day, currency: str) -> str:
    return (
        f"{day(each.start)}: {each.mails:,} mails, {each.clicked:,} clicked · {each.orders:,} orders, {money(each.revenue, currency)} net"
    )


def _px(value: float) -> str:
    return f"{value:.1f}"
