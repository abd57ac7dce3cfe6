"""The charts of a backtest's report, as inline SVG: volume by week and tier, what became of messages, variants beside each other."""

import math
from collections.abc import Mapping, Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from opportune.language.vocabulary.instants import Instant
from opportune.web.charts import NONE, Axis, axis_for
from opportune.web.wording import day, short

SHADES = 6
"""Tiers have the classes shade-0 to shade-5; a seventh looks like the sixth."""
_HEIGHT, _LEFT, _TOP, _BOTTOM = 220.0, 40.0, 12.0, 24.0
_DATE = 58.0
"""Pixels that a date takes."""


def weekly_chart(weeks: Sequence[Instant], volume: Mapping[str, Sequence[int]], most: int, *, width: float, name: str) -> SafeString:
    """Messages a week, a bar a week, tier upon tier. `most`: the highest bar of all charts it is compared with."""
    if not weeks:
        return NONE
    axis = axis_for([float(most)])
    across = (width - _LEFT - 4) / len(weeks)
    parts = [_lines(axis, width), *_columns(weeks, volume, axis, across), _dates(weeks, across)]
    total = sum(map(sum, volume.values()))
    words = f"{total:,} messages in {len(weeks)} weeks, by week and tier"
    return format_html(
        '<svg class="weekly {}" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>',
        *(name, width, _HEIGHT, words, mark_safe("".join(parts))),
    )


def highest(volume: Mapping[str, Sequence[int]]) -> int:
    """The messages of the fullest week."""
    return max((sum(numbers) for numbers in zip(*volume.values(), strict=True)), default=0)


def _y(value: float, axis: Axis) -> float:
    return _HEIGHT - _BOTTOM - (_HEIGHT - _BOTTOM - _TOP) * value / (axis.high or 1.0)


def _lines(axis: Axis, width: float) -> SafeString:
    whole = [tick for tick in axis.ticks if tick == int(tick)]
    rows = ((_px(_LEFT), _px(width - 4), _px(_y(t, axis)), _px(_y(t, axis)), _px(_LEFT - 8), _px(_y(t, axis) + 4), short(t)) for t in whole)
    return format_html_join(
        "",
        '<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/><text class="axis" x="{}" y="{}" text-anchor="end">{}</text>',
        rows,
    )


def _columns(weeks: Sequence[Instant], volume: Mapping[str, Sequence[int]], axis: Axis, across: float) -> list[SafeString]:
    wide = max(1.5, across * 0.74)
    drawn = []
    for place, week in enumerate(weeks):
        left, below, boxes = _LEFT + place * across, 0, []
        for shade, numbers in enumerate(volume.values()):
            top, bottom = _y(below + numbers[place], axis), _y(below, axis)
            below += numbers[place]
            if numbers[place]:
                boxes.append((min(shade, SHADES - 1), _px(left + (across - wide) / 2), _px(top), _px(wide), _px(bottom - top)))
        told = ", ".join(f"{tier_name(tier)} {numbers[place]:,}" for tier, numbers in volume.items() if numbers[place])
        drawn.append(
            format_html(
                '<g><title>Week of {}: {} message{}{}</title><rect class="pointer" x="{}" y="{}" width="{}" height="{}"/>{}</g>',
                *(day(week), f"{below:,}", "" if below == 1 else "s", f" ({told})" if told else "", _px(left), _px(_TOP), _px(across)),
                *(_px(_HEIGHT - _TOP - _BOTTOM), format_html_join("", _BOX, boxes)),
            )
        )
    return drawn


_BOX = '<rect class="shade-{}" x="{}" y="{}" width="{}" height="{}"/>'


def _dates(weeks: Sequence[Instant], across: float) -> SafeString:
    every = max(1, math.ceil(_DATE / across))
    shown = range(0, len(weeks), every)
    places = ((_px(_LEFT + (n + 0.5) * across), _px(_HEIGHT - 6), day(weeks[n])) for n in shown)
    return format_html_join("", '<text class="axis" x="{}" y="{}" text-anchor="middle">{}</text>', places)


def tier_name(tier: str) -> str:
    """A tier as the legend names it."""
    return tier or "no tier"


def bar(value: float, most: float, words: str, *, shade: str = "shade-1") -> SafeString:
    """A bar as long as `value` is of `most`."""
    long = 100.0 * value / most if most else 0.0
    return format_html(
        '<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label="{}"><title>{}</title>'
        '<rect class="rest" width="100" height="8"/><rect class="{}" width="{}" height="8"/></svg>',
        *(words, words, shade, _px(long)),
    )


def _px(value: float) -> str:
    return f"{value:.1f}"
