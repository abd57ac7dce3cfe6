"""Whether somebody's opens and clicks may be recorded: ePrivacy 5(3), as STANDARDS section 2.5 reads it.

Own yes or no first; without one, denied where consent comes first (`shop.consent.opt_in`), allowed elsewhere. A country that is not known
is the shop's own, and where that is not set consent comes first.
"""

from collections.abc import Collection

from opportune.language.tree.expressions import (
    Aggregate,
    Coalesce,
    Compare,
    Comparison,
    Consent,
    Expr,
    Literal,
    Metric,
    Property,
    Selector,
    Trait,
)
from opportune.language.vocabulary.kinds import Kind

EU = frozenset(
    [
        "AT",
        "BE",
        "BG",
        "HR",
        "CY",
        "CZ",
        "DK",
        "EE",
        "FI",
        "FR",
        "DE",
        "GR",
        "HU",
        "IE",
        "IT",
        "LV",
        "LT",
        "LU",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SK",
        "SI",
        "ES",
        "SE",
    ]
)
REGIONS = {"EU": EU, "EEA": EU | {"IS", "LI", "NO"}, "UK": frozenset({"GB", "UK"}), "CH": frozenset({"CH"})}
"""Region → ISO 3166 codes of its countries."""


def asks_first(opt_in: Collection[str]) -> frozenset[str]:
    """The country codes of regions, or country codes, in which silence means no."""
    return frozenset(code for region in opt_in for code in REGIONS.get(region, frozenset({region})))


def questions() -> dict[str, Expr]:
    """What `may_track` needs to know: given, withdrawn, and the country she says, else the one she was last heard of from."""
    purpose = Compare(Comparison.EQ, Property("purpose", Kind.TEXT, declared=True), Literal("tracking"))
    return {
        "given": Consent("tracking"),
        "withdrawn": Metric(function=Aggregate.DID, selector=Selector(("Consent Withdrawn",)), where=purpose),
        "country": Coalesce((Trait("country", Kind.TEXT), Trait("geo_country", Kind.TEXT))),
    }


def may_track(*, given: bool, withdrawn: bool, country: str | None, opt_in: Collection[str], home: str | None = None) -> bool:
    """`opt_in`: regions or country codes in which silence means no. `home`: the shop's country."""
    if given or withdrawn:
        return given
    if not opt_in:
        return True
    where = country or home
    return where is not None and where.upper() not in asks_first(opt_in)
