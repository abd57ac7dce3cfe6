"""What is really so in the sample shop, and is never told: estimates are held against it.

No event, trait or table of the shop carries any of this; it leaves only by `write_truth`.
"""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """What is the same for everybody. Rates are per season year (see seasons.py), chances per occasion."""

    order_rate: float = 1.7
    """Mean planned orders while active; gamma over customers with `order_shape`."""
    order_shape: float = 0.9
    browse_rate: float = 3.4
    browse_shape: float = 1.4
    abandoned_per_order: float = 1.5
    """Abandoned carts per planned order: 60 % of the visits with a cart."""
    checkout_chance: float = 0.35
    """An abandoned cart had got as far as the checkout."""
    recovery_chance: float = 0.12
    """Mean chance that an abandoned cart is ordered later without any mail."""
    recovery_hours: float = 20.0
    """Mean delay of that, beyond a quarter of an hour."""
    churn_rate: float = 0.75
    """Mean of the gamma over customers of the exponential drop-out rate per calendar year, with `churn_shape`."""
    churn_shape: float = 1.2
    newcomer_share: float = 0.6
    """Of all customers, those whose first visit lies inside the history."""
    sign_up_chance: float = 0.3
    """Per visit without an order; an order always signs up."""
    search_chance: float = 0.24
    result_click_chance: float = 0.65
    click_conversion: float = 0.06
    """An order in the visit that follows a campaign click; as many again leave a cart."""
    click_fatigue: float = 0.7
    """Each mail in the 7 days before multiplies the chance of a human open and of a click by this."""
    unsubscribe_fatigue: float = 1.8
    """And the chance of an unsubscription by this."""
    machine_open_chance: float = 0.9
    """For those whose mail program opens by itself (`has_machine_opens`)."""
    machine_click_chance: float = 0.01
    cart_lift: float = 0.08
    """Mean over customers of the chance that one cart mail causes an order that would not have been."""
    post_purchase_lift: float = 0.05
    late_share: float = 0.03
    repeated_share: float = 0.004
    coupon_chance: float = 0.2
    cancelled_chance: float = 0.025
    refunded_chance: float = 0.05
    delivery_from_days: float = 1.5
    delivery_to_days: float = 6.5
    regularity: int = 1
    """Planned orders come like every so many-th beat of a Poisson process: 1 is pure chance, 6 a cycle."""
    staple_chance: float = 0.0
    """An order or cart holds what the customer always buys (`Truth.staple`)."""
    views_mean: float = 1.5
    """Product views of a visit, beyond the one of each visit with a cart."""
    second_line_chance: float = 0.42

    page_chance: float = 0.35
    """The page of one of the first two products is told of as a page, too."""
    content_chance: float = 0.13
    """Per visit: reads something, and in a third of these visits a second page."""
    download_chance: float = 0.1
    """After reading."""
    compare_chance: float = 0.08
    quiz_chance: float = 0.02
    """Per visit: answers the shop's quiz about what is needed."""
    quiz_honesty: float = 0.85
    """The quiz is answered by `Truth.problem`; else by chance."""
    video_chance: float = 0.03
    chat_chance: float = 0.015
    vain_search_chance: float = 1 / 12
    """A search is for something the shop has not got."""
    price_sorting: float = 0.6
    """Times `coupon_use`: the chance that a list is sorted by price."""
    social_per_visit: float = 0.05
    """What is done elsewhere, in the days after a visit, by customers who are known."""
    calls_per_visit: float = 0.008
    ads_per_visit: float = 0.25
    """Ads seen, by those who agreed to be measured."""
    review_chance: float = 0.08
    """Per delivered order, like the next four."""
    survey_chance: float = 0.07
    """Answers "would you recommend us", two weeks after delivery."""
    ticket_chance: float = 0.04
    resolved_chance: float = 0.85
    """Of tickets."""
    second_ticket_chance: float = 0.25
    """Who opened one in a bad mood opens another, days later."""
    referral_chance: float = 0.06
    """By those satisfied with 8 or more."""
    conversion_chance: float = 0.25
    """Of referrals."""
    nps_answer_chance: float = 0.5
    """After a click in a mail of the journey `nps`."""
    sales_rate: float = 1.2
    """Sales of a product in a year."""
    sold_out_rate: float = 0.8

    scanner_share: float = 0.01
    """Customers whose mail system follows every link of every mail at once."""
    crawler_share: float = 0.002
    """Visits of programs that look at everything, per customer."""
    shared_device_share: float = 0.01
    """Customers who sometimes use the browser of another one."""
    foreign_currency_share: float = 0.15
    """Customers of the euro zone and of Britain who buy in their own currency."""
    outage_days: float = 14.0
    """Nothing arrives from browsers for so long, but at most a twenty-fifth of the history; orders of that time are told afterwards."""
    odd_return_share: float = 0.006
    """Orders cancelled long after delivery, refunded twice, or refunded though nobody ever heard of them; each."""
    changed_repeat_share: float = 0.05
    """Of repeated calls about views, those that say something else under the same id."""
    wrong_clock_share: float = 0.004
    """Customers whose browser's clock is wrong."""

    def calm(self) -> "Habits":
        """The same shop without what nobody expects: the scenarios above, late calls and repeated ones."""
        return Habits(**{**asdict(self), **dict.fromkeys(SURPRISES, 0.0)})


SURPRISES = (
    "late_share", "repeated_share", "scanner_share", "crawler_share", "shared_device_share", "foreign_currency_share", "outage_days",
    "odd_return_share", "changed_repeat_share", "wrong_clock_share",
)  # fmt: skip
"""The habits that switch a scenario off at 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """One value (one row of `affinities`) per customer, in the order of their numbers. Instants in microseconds."""

    habits: Habits
    arrived: npt.NDArray[np.int64]
    """First visit; before the history's start for the older customers."""
    churned: npt.NDArray[np.int64]
    """From then on the customer never visits, opens or orders again."""
    order_rate: Numbers
    """Planned orders per season year while active."""
    browse_rate: Numbers
    recovery: Numbers
    """Chance that an abandoned cart is ordered later without any mail."""
    affinities: Numbers
    """(customer, category): share of interest."""
    problem: npt.NDArray[np.int64]
    """The category that answers the customer's need: what a quiz is answered by."""
    staple: npt.NDArray[np.int64]
    """The product the customer buys again and again, where there is such a thing (`Habits.staple_chance`)."""
    premium: Numbers
    """Chance of preferring the dearer of two products."""
    coupon_use: Numbers
    """Chance of using a coupon in an order."""
    satisfaction: Numbers
    """Mean of the answer to "would you recommend us", 0 to 10."""
    open_chance: Numbers
    """Human open of one mail, without fatigue."""
    click_chance: Numbers
    """Click once opened, without fatigue."""
    unsubscribe_chance: Numbers
    """Per mail, without fatigue."""
    has_machine_opens: npt.NDArray[np.bool_]
    has_scanner: npt.NDArray[np.bool_]
    """A program follows all links before the mail is read."""
    cart_lift: Numbers
    """Chance that one cart mail causes an additional order, without fatigue: the mean number of orders rises by exactly this."""
    post_purchase_lift: Numbers
    """The same for one mail after a purchase."""

    @property
    def abandon_rate(self) -> Numbers:
        """Abandoned carts per season year while active."""
        return self.order_rate * self.habits.abandoned_per_order

    @property
    def visit_rate(self) -> Numbers:
        """Visits per season year while active, without those that come back for a cart or follow a mail."""
        return self.order_rate + self.abandon_rate + self.browse_rate

    @property
    def orders_per_year(self) -> Numbers:
        """All orders without mails per season year while active."""
        return self.order_rate + self.abandon_rate * self.recovery


def write_truth(truth: Truth, path: Path) -> None:
    """Write one JSON document: `habits`, and under `customers` a list per quantity."""
    customers = {name: getattr(truth, name).tolist() for name in _per_customer()}
    path.write_text(json.dumps({"habits": asdict(truth.habits), "customers": customers}), encoding="utf-8")


def read_truth(path: Path) -> Truth:
    """What `write_truth` wrote."""
    written = json.loads(path.read_text(encoding="utf-8"))
    arrays = {name: np.array(values) for name, values in written["customers"].items()}
    return Truth(habits=Habits(**written["habits"]), **arrays)


def _per_customer() -> list[str]:
    return [field.name for field in fields(Truth) if field.name != "habits"]
