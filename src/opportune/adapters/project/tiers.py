"""`tiers:`: customers ranked by a value, the best share first, as a chain of choices over cuts of all customers.

A band's cut is the value at rank `ceil(share · N)` from the top, `share` counted from the first band on; the last band has no cut.
"""

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction

from opportune.adapters.project.attached import NOTHING, Carrier, attached, carrier, only_entry, otherwise_of, report_twins
from opportune.adapters.project.desk import Desk
from opportune.adapters.project.drafts import Draft, sample_of
from opportune.adapters.project.form import Value, one_of
from opportune.adapters.project.nodes import Entry, Map, Node
from opportune.language.tree.expressions import (
    Census,
    Choice,
    Compare,
    Comparison,
    Consent,
    Expr,
    Known,
    Literal,
    Population,
    Reference,
    Rhythm,
)
from opportune.language.vocabulary.kinds import Kind

RHYTHMS = {"daily": Rhythm.DAY, "weekly": Rhythm.WEEK, "monthly": Rhythm.MONTH}
EXAMPLE = "- high: 10%, or - high: {share: 10%, weekly: 7}"
BY = "(by)"
"""The value a tier ranks by, among its data: no datum can be called so."""
PROFILING = Consent("profiling")
_WRITTEN = re.compile(r"\+?(\d{1,9}\.?\d{0,12}|\.\d{1,12})(%?)")


def read_tier(entry: Entry, desk: Desk) -> Mapping[str, Draft]:
    """`tier.x`, `tier.x.DATUM` for each datum, and the value it ranks by, which is checked once and then read by all of them."""
    what, key = f"tier '{entry.key}'", f"tier.{entry.key}"
    form = desk.form.map(entry.node, what, ("by", "bands", "otherwise", "calibrate", "label", "sample"), ("by", "bands"))
    by, bands = form.get("by"), form.get("bands")
    value = desk.parsed(by, f"by of {what}") if by is not None else None
    shares = _bands(bands, what, desk) if bands is not None else None
    last = otherwise_of(form.get("otherwise"), what, desk)
    rhythm, sample = _rhythm(form.get("calibrate"), what, desk), sample_of(form, what, desk)
    if value is None or shares is None or (form.get("otherwise") is not None and last is None):
        return {key: Draft(entry, None, Kind.TEXT)}
    carriers = [found for found, _ in shares] + ([last] if last else [])
    report_twins(carriers, what, desk)
    desk.steps[key] = tuple(found.name for found in carriers)
    ranked = Reference("tier", f"{entry.key}.{BY}")
    cuts = _cuts(ranked, [share for _, share in shares], rhythm)
    drafts = {f"{key}.{BY}": Draft(entry, value, is_ranked=True)}
    drafts[key] = Draft(entry, banded(ranked, cuts, [Literal(found.name) for found in carriers]), Kind.TEXT, sample)
    for name, values in attached(carriers, what, desk).items():
        drafts[f"{key}.{name}"] = Draft(entry, banded(ranked, cuts, values), None, sample)
    return drafts


def banded(value: Expr, cuts: Sequence[Expr], values: Sequence[Literal]) -> Expr:
    """The value of the band a customer is in; the one value more there may be is for those without a rank; null without profiling."""
    tree: Expr = values[len(cuts)]
    for cut, found in reversed(list(zip(cuts, values, strict=False))):
        tree = Choice(Compare(Comparison.GE, value, cut), found, tree)
    unranked = values[len(cuts) + 1] if len(values) > len(cuts) + 1 else NOTHING
    return Choice(PROFILING, Choice(Known(value), tree, unranked), NOTHING)


def _cuts(value: Expr, shares: Sequence[Fraction], rhythm: Rhythm) -> list[Expr]:
    """One cut for each band but the last."""
    above = [sum(shares[: number + 1], Fraction(0)) for number in range(len(shares) - 1)]
    return [Population(Census.CUT, value, share=float(share), every=rhythm) for share in above]


def _bands(node: Node, what: str, desk: Desk) -> list[tuple[Carrier, Fraction]] | None:
    nodes = desk.form.listing(node, f"bands of {what}")
    bands = [_band(part, what, desk) for part in nodes]
    found = [band for band in bands if band is not None]
    if len(found) < len(bands):
        return None
    total = sum((share for _, share in found), Fraction(0))
    if not found or abs(total - 1) > Fraction(1, 10**9):
        said = f"the shares of {what} add to {float(total * 100):g}%, not to 100%"
        desk.form.report(node, "E150", said, "Every customer with a value is in one band: let the shares add to 100%.")
        return None
    return found


def _band(node: Node, what: str, desk: Desk) -> tuple[Carrier, Fraction] | None:
    entry = only_entry(node, f"a band of {what}", desk, EXAMPLE)
    if entry is None:
        return None
    found = carrier(entry, what, desk, but=("share",))
    said = f"band '{entry.key}' of {what}"
    written = desk.form.map(entry.node, said, None, ("share",)).get("share") if isinstance(entry.node, Map) else entry.node
    share = desk.constant(written, f"the share of {said}", _share) if written is not None else None
    return (found, share) if found is not None and share is not None else None


def _share(value: Value) -> Fraction:
    """`10%` or 0.1, exactly as written."""
    written = None if isinstance(value, bool) else _WRITTEN.fullmatch(str(value).strip())
    share = Fraction(written[1]) / (100 if written[2] else 1) if written else Fraction(0)
    if not 0 < share <= 1:
        raise ValueError("must be a share above 0% and up to 100%, such as 10%")
    return share


def _rhythm(node: Node | None, what: str, desk: Desk) -> Rhythm:
    said = desk.form.value(node, f"calibrate of {what}", one_of(*RHYTHMS)) if node is not None else None
    return RHYTHMS[said or desk.tiers_calibrated]
