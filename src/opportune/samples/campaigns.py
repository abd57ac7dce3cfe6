"""The mails of the shop's *earlier* mail system: a campaign every other week, more before Christmas, and what people did with them.

Fatigue: each mail of the 7 days before multiplies the chances of an open and of a click, and that of an unsubscription
(`Habits.click_fatigue`, `Habits.unsubscribe_fatigue`). The churned open nothing; mail programs that open by themselves go on.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from opportune.language.vocabulary.instants import Instant, datetime_of, instant_of
from opportune.samples.rows import Act, Rows, server_rows
from opportune.samples.seasons import DAY, SECOND, Seasons
from opportune.samples.signing import For, Method, Standing
from opportune.samples.truth import Truth

Whole = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """One mail to the whole list."""

    name: str
    sent_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Of those a mail went to, who does what with it; a click implies a human open."""

    opens: Flags
    opens_by_machine: Flags
    clicks: Flags
    clicks_by_machine: Flags
    """Of all links at once where a scanner does it."""
    unsubscribes: Flags


def calendar_of(seasons: Seasons, categories: tuple[str, ...]) -> tuple[Campaign, ...]:
    """Every second Tuesday at 14:00 UTC, and on the three days around Black Friday and before Christmas as well."""
    first, last = datetime_of(seasons.start), datetime_of(seasons.end)
    campaigns: list[Campaign] = []
    day = datetime(first.year, first.month, first.day, 14, tzinfo=UTC)
    while day < last:
        is_regular = day.weekday() == 1 and day.isocalendar().week % 2 == 0
        is_peak = (day.month == 11 and 24 <= day.day <= 27) or (day.month == 12 and 15 <= day.day <= 17)
        if day > first and (is_regular or is_peak):
            theme = "holidays" if is_peak else categories[len(campaigns) % len(categories)]
            campaigns.append(Campaign(name=f"{day:%Y-%m-%d}-{theme}", sent_at=instant_of(day)))
        day += timedelta(days=1)
    return tuple(campaigns)


def answers(rng: np.random.Generator, *, truth: Truth, person: Whole, in_week: Whole, at: Instant) -> Answer:
    """What these people do with a mail sent at `at` after `in_week` others in the 7 days before."""
    habits, count = truth.habits, len(person)
    is_alive, tired = truth.churned[person] > at, habits.click_fatigue**in_week
    opens = is_alive & (rng.random(count) < truth.open_chance[person] * tired)
    clicks = opens & (rng.random(count) < truth.click_chance[person] * tired)
    leaves = np.minimum(truth.unsubscribe_chance[person] * habits.unsubscribe_fatigue**in_week, 0.5)
    return Answer(
        opens=opens,
        opens_by_machine=truth.has_machine_opens[person] & (rng.random(count) < habits.machine_open_chance),
        clicks=clicks,
        clicks_by_machine=truth.has_scanner[person] | (rng.random(count) < habits.machine_click_chance),
        unsubscribes=is_alive & (rng.random(count) < leaves),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Clicks:
    """Human clicks: who, when, in which campaign."""

    person: Whole
    at: Whole
    campaign: Whole


def send_all(
    rng: np.random.Generator, persons: Whole, *, truth: Truth, standing: Standing, campaigns: tuple[Campaign, ...], gives_email: Flags
) -> tuple[Rows, Clicks]:
    """Every campaign to those of `persons` on the list by then; unsubscriptions are noted in `standing`."""
    rows: list[Rows] = [server_rows(Act.MAIL_SENT, person=np.zeros(0, np.int32), ts=np.zeros(0, np.int64))]
    clicks: list[tuple[Whole, Whole, Whole]] = [(np.zeros(0, np.int64),) * 3]
    was_sent: list[Flags] = []
    listed_from = np.where(gives_email[persons], standing.signed_up[persons], 2**62)
    for number, campaign in enumerate(campaigns):
        is_listed = (listed_from < campaign.sent_at) & (standing.unsubscribed[persons] > campaign.sent_at)
        goes = is_listed & (rng.random(len(persons)) < 0.92)
        recent = [sent for sent, other in zip(was_sent, campaigns[:number], strict=True) if other.sent_at > campaign.sent_at - 7 * DAY]
        in_week = np.sum(recent, axis=0)[goes] if recent else np.zeros(int(goes.sum()), np.int64)
        was_sent.append(goes)
        sent, clicked = _one(rng, persons[goes], truth=truth, standing=standing, campaign=campaign, in_week=in_week)
        sent["number"][sent["act"] < Act.UNSUBSCRIBED] = number
        rows.append(sent)
        clicks.append((*clicked, np.full(len(clicked[0]), number)))
    person, at, campaign_number = (np.concatenate(column) for column in zip(*clicks, strict=True))
    return np.concatenate(rows), Clicks(person=person, at=at, campaign=campaign_number)


def _one(
    rng: np.random.Generator, person: Whole, *, truth: Truth, standing: Standing, campaign: Campaign, in_week: Whole
) -> tuple[Rows, tuple[Whole, Whole]]:
    """The rows of one campaign, and who clicked when."""
    count = len(person)
    sent = campaign.sent_at + rng.integers(0, 1_200_000, count) * 1000
    delivered = sent + rng.integers(800, 90_000, count) * 1000
    arrives = rng.random(count) >= 0.006
    answer = answers(rng, truth=truth, person=person, in_week=in_week, at=campaign.sent_at)
    opened = delivered + (np.minimum(rng.lognormal(np.log(2.2), 1.3, count), 200) * 3_600_000).astype(np.int64) * 1000 + 20 * SECOND
    clicked = opened + rng.integers(4_000, 120_000, count) * 1000
    left = opened + rng.integers(5_000, 60_000, count) * 1000
    leaves = arrives & answer.unsubscribes
    standing.unsubscribed[person[leaves]] = left[leaves]
    complains = leaves & (rng.random(count) < 0.06)
    clicks = arrives & answer.clicks
    return np.concatenate(
        [
            _told(Act.MAIL_SENT, person, sent),
            _told(Act.MAIL_DELIVERED, person[arrives], delivered[arrives]),
            _told(Act.MAIL_BOUNCED, person[~arrives], delivered[~arrives]),
            _told(Act.MAIL_OPENED, person[arrives & answer.opens_by_machine], delivered[arrives & answer.opens_by_machine] + 3 * SECOND, 1),
            _told(Act.MAIL_CLICKED, person[arrives & answer.clicks_by_machine], delivered[arrives & answer.clicks_by_machine] + SECOND, 1),
            *_scans(person[arrives], delivered[arrives], truth),
            _told(Act.MAIL_OPENED, person[arrives & answer.opens], opened[arrives & answer.opens]),
            _told(Act.MAIL_CLICKED, person[clicks], clicked[clicks]),
            _told(Act.MAIL_SPAM, person[complains], left[complains]),
            _told(Act.UNSUBSCRIBED, person[leaves], left[leaves]),
            _withdrawn(person[leaves], left[leaves]),
        ]
    ), (person[clicks], clicked[clicks])


def _scans(person: Whole, delivered: Whole, truth: Truth) -> list[Rows]:
    """The other links of a mail, followed by programs within a second; of every second one the mail system did not say that it was one."""
    scanned = truth.has_scanner[person]
    who, at = person[scanned], delivered[scanned]
    return [_told(Act.MAIL_CLICKED, who, at + place * SECOND // 5, 2 + who % 2) for place in (1, 2)]


def _told(act: Act, person: Whole, at: Whole, extra: Whole | int = 0) -> Rows:
    rows = server_rows(act, person=person.astype(np.int32), ts=at)
    rows["extra"] = extra
    return rows


def _withdrawn(person: Whole, at: Whole) -> Rows:
    """Consent goes at the same instant as the subscription."""
    rows = _told(Act.CONSENT_WITHDRAWN, person, at, Method.UNSUBSCRIBE_LINK)
    rows["number"] = For.EMAIL
    return rows
