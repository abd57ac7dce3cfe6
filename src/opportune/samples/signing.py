"""Who is known when: sign-ups, sign-ins on each device, consent. A visitor is anonymous until then, and linked by one identify call."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from opportune.samples.customers import Customers
from opportune.samples.places import PLACES
from opportune.samples.rows import BROWSER_ACTS, CRAWLER, SHARED, Act, Rows, blank_rows, joined
from opportune.samples.seasons import DAY, SECOND, Seasons
from opportune.samples.sessions import CHECKOUT_SLOT, EARLIEST_SIGN_UP, Course
from opportune.samples.visits import Purpose, Visits

Instants = npt.NDArray[np.int64]
NEVER = np.int64(2**62)


class Method(IntEnum):
    """How consent was given or withdrawn."""

    IMPORT = 0
    SIGNUP_FORM = 1
    CHECKOUT = 2
    BANNER = 3
    UNSUBSCRIBE_LINK = 4
    SETTINGS = 5


class For(IntEnum):
    """What consent is for."""

    EMAIL = 0
    TRACKING = 1
    PROFILING = 2
    SMS = 3
    PUSH = 4
    ADS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What became of the customers so far, by number; `NEVER` where it did not happen. It grows in place."""

    signed_up: Instants
    signed_in: Instants
    """(customer, device): the first sign-in there; column 0 is unused."""
    unsubscribed: Instants

    @classmethod
    def blank(cls, count: int) -> "Standing":
        """Nobody has done anything yet."""
        return cls(signed_up=np.full(count, NEVER), signed_in=np.full((count, CRAWLER), NEVER), unsubscribed=np.full(count, NEVER))


def older(customers: Customers, seasons: Seasons) -> npt.NDArray[np.bool_]:
    """Who was a customer, signed up, before the history begins."""
    return customers.truth.arrived < seasons.start


def sign_up(rng: np.random.Generator, visits: Visits, course: Course, *, customers: Customers, standing: Standing) -> None:
    """Those not signed up do so at the checkout of their first order, or by chance soon after landing in a visit before."""
    orders = visits["purpose"] >= Purpose.ORDER
    signs = orders | (rng.random(len(visits)) < customers.truth.habits.sign_up_chance)
    at = np.where(orders, course.ts[:, CHECKOUT_SLOT], visits["start"] + 15 * SECOND)
    np.minimum.at(standing.signed_up, visits["person"][signs], at[signs])


def choose_devices(rng: np.random.Generator, visits: Visits, *, customers: Customers, standing: Standing) -> None:
    """Some signed-up customers use a second device now and then, and a few that of another customer."""
    person, drawn = visits["person"], rng.random(len(visits))
    is_signed_up = visits["start"] > standing.signed_up[person]
    visits["device"] = np.where(is_signed_up & customers.has_second_device[person] & (drawn < 0.35), 2, 1)
    visits["device"][is_signed_up & customers.shares_device[person] & (drawn > 0.6)] = SHARED


def sign_in(visits: Visits, *, customers: Customers, seasons: Seasons, standing: Standing) -> Rows:
    """The identify calls of first sign-ins on a device, which link its anonymous id."""
    person, device = visits["person"], visits["device"]
    before = standing.signed_in.copy()
    signed_up = standing.signed_up[person]
    at = np.where(signed_up > visits["start"], signed_up, visits["start"] + EARLIEST_SIGN_UP)
    is_first = older(customers, seasons)[person] | (device >= 2) | (signed_up > visits["start"])
    able = is_first & (signed_up < NEVER)
    np.minimum.at(standing.signed_in, (person[able], device[able]), at[able])
    who, where = np.nonzero((standing.signed_in < before) & (standing.signed_in < NEVER))
    rows = blank_rows(len(who))
    rows["act"], rows["person"], rows["device"], rows["is_known"] = Act.IDENTIFY, who, where, True
    rows["ts"] = rows["received_at"] = standing.signed_in[who, where]
    return rows


def mark_known(rows: Rows, standing: Standing) -> None:
    """Set who carries a user id: everything from the device's sign-in on."""
    rows["is_known"] = rows["ts"] >= standing.signed_in[rows["person"], rows["device"]]


def reported(rows: Rows, customers: Customers) -> Rows:
    """Without the browser's reports about those who denied tracking, and about the ads of those who denied that."""
    may = customers.gives_tracking[rows["person"]] & (customers.gives_ads[rows["person"]] | (rows["act"] != Act.AD_CLICKED))
    kept: Rows = rows[may | ~np.isin(rows["act"], BROWSER_ACTS)]
    return kept


def consent_of_older(persons: npt.NDArray[np.int64], *, customers: Customers, seasons: Seasons) -> Rows:
    """Profiles and consent of earlier customers, told all at the one instant the history begins."""
    told = persons[older(customers, seasons)[persons]]
    opts_in = _opts_in(customers)[told]
    return np.concatenate(
        [
            _told(Act.IDENTIFY, told, seasons.start),
            _told(Act.CONSENT_GIVEN, told[customers.gives_email[told]], seasons.start, For.EMAIL),
            _told(Act.CONSENT_GIVEN, told[opts_in & customers.gives_tracking[told]], seasons.start, For.TRACKING),
            _told(Act.CONSENT_GIVEN, told[opts_in & customers.gives_profiling[told]], seasons.start, For.PROFILING),
            *(_told(Act.CONSENT_GIVEN, told[given[told]], seasons.start, purpose) for purpose, given in _boxes(customers)),
            _told(Act.CONSENT_GIVEN, told[customers.gives_ads[told]], seasons.start, For.ADS),
        ]
    )


def consent_of_newcomers(rng: np.random.Generator, persons: npt.NDArray[np.int64], *, customers: Customers, standing: Standing) -> Rows:
    """The banner at the first visit in opt-in regions, the box for mails at sign-up, a few later objections to profiling elsewhere."""
    first = customers.truth.arrived[persons]
    opts_in = _opts_in(customers)[persons]
    signed = standing.signed_up[persons]
    objects = ~opts_in & (signed < NEVER) & (rng.random(len(persons)) < 0.02)
    banner = [
        _told(Act.CONSENT_GIVEN, persons[opts_in & given[persons]], first[opts_in & given[persons]], purpose, Method.BANNER, 1)
        for purpose, given in ((For.TRACKING, customers.gives_tracking), (For.PROFILING, customers.gives_profiling))
    ]
    agrees = customers.gives_ads[persons] & (first < NEVER)
    banner.append(_told(Act.CONSENT_GIVEN, persons[agrees], first[agrees], For.ADS, Method.BANNER, 1))
    later = signed[objects] + (rng.random(int(objects.sum())) * 90 * DAY).astype(np.int64) // 1000 * 1000
    return np.concatenate(
        [
            *banner,
            consent_to_mails(persons, customers=customers, standing=standing),
            _told(Act.CONSENT_WITHDRAWN, persons[objects], later, For.PROFILING, Method.SETTINGS),
        ]
    )


def consent_to_mails(persons: npt.NDArray[np.int64], *, customers: Customers, standing: Standing) -> Rows:
    """The ticked boxes of those of `persons` who signed up."""
    signed = standing.signed_up[persons]
    boxes = ((For.EMAIL, customers.gives_email), *_boxes(customers))
    ticks = [(purpose, (signed < NEVER) & given[persons]) for purpose, given in boxes]
    return joined(*(_told(Act.CONSENT_GIVEN, persons[each], signed[each], purpose, Method.SIGNUP_FORM) for purpose, each in ticks))


def _boxes(customers: Customers) -> tuple[tuple[For, npt.NDArray[np.bool_]], ...]:
    """What else can be ticked."""
    return (For.SMS, customers.gives_sms), (For.PUSH, customers.gives_push)


def _opts_in(customers: Customers) -> npt.NDArray[np.bool_]:
    opts_in: npt.NDArray[np.bool_] = np.array([place.is_opt_in for place in PLACES])[customers.place]
    return opts_in


def _told(
    act: Act, persons: npt.NDArray[np.int64], at: Instants | int, purpose: For = For.EMAIL, method: Method = Method.IMPORT, device: int = 0
) -> Rows:
    """Rows of one act; on a device they are the anonymous visitor's, else the server's about a known customer."""
    rows = blank_rows(len(persons))
    rows["act"], rows["person"], rows["device"], rows["is_known"] = act, persons, device, device == 0
    rows["ts"] = rows["received_at"] = at
    rows["number"], rows["extra"] = purpose, method
    return rows
