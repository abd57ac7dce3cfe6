"""The looks of a shop's mail: its logo and two colours, and what must follow from them to stay readable by day and by night.

Source  WCAG 2.2, relative luminance and contrast ratio; 4.5 to 1 for text
"""

import re
from dataclasses import dataclass

from opportune.language.vocabulary.kinds import Json

PAPER, NIGHT = "#ffffff", "#1c1d20"
"""What text stands on, in light and in dark mode; the layout has the same."""
INK, CHALK = "#1b1c1f", "#ffffff"
READABLE = 4.5
FONT = "-apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif"
_HEX = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """What `brand:` in opportune.yml sets; colours are `#rrggbb`."""

    logo: str | None = None
    logo_width: int = 140
    """Pixels."""
    colour: str = "#24544b"
    """Of buttons and of the line at the top."""
    accent: str = "#a8471f"
    """Of links and small marks."""
    font: str = FONT
    signature: str | None = None
    """Who signs; None: the shop's name."""


def colour_of(text: str) -> str:
    """`#abc` or `#AABBCC` as `#aabbcc`. Raises ValueError."""
    said = text.strip().lower()
    if re.fullmatch(r"#[0-9a-f]{3}", said):
        said = "#" + "".join(digit * 2 for digit in said[1:])
    if not _HEX.fullmatch(said):
        raise ValueError('must be a colour such as "#24544b", in quotes')
    return said


def told(brand: Brand, shop_name: str) -> dict[str, Json]:
    """`brand.*` as templates read it. `night_*` is for dark mode, `on_*` is the ink that is readable on a colour."""
    night = readable(brand.colour, NIGHT, 3.0)
    return {
        "logo": brand.logo,
        "logo_width": brand.logo_width,
        "colour": brand.colour,
        "on_colour": ink_on(brand.colour),
        "accent": readable(brand.accent, PAPER),
        "night_colour": night,
        "on_night_colour": ink_on(night),
        "night_accent": readable(brand.accent, NIGHT),
        "font": brand.font,
        "signature": brand.signature or shop_name,
    }


def contrast(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black on white)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def ink_on(ground: str) -> str:
    """Light or dark ink, whichever is easier to read on `ground`."""
    return max((CHALK, INK), key=lambda ink: contrast(ink, ground))


def readable(colour: str, ground: str, ratio: float = READABLE) -> str:
    """The colour itself, or as much lighter or darker as it takes to be read on `ground`."""
    towards = 255 if _luminance(ground) < 0.5 else 0
    for percent in range(0, 101, 4):
        mixed = "#" + "".join(f"{round(part + (towards - part) * percent / 100):02x}" for part in _parts(colour))
        if contrast(mixed, ground) >= ratio:
            return mixed
    return ink_on(ground)


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in (c / 255 for c in _parts(colour)))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
