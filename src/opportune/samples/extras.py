"""What visits hold beside the shopping: pages read, the quiz, downloads, films, chats, and the ads that led there."""

import numpy as np
import numpy.typing as npt

from opportune.samples.places import CONTENT, CONTENT_SHARES, JOURNEY_MAIL, SOURCES
from opportune.samples.rows import Act, Rows
from opportune.samples.truth import Truth
from opportune.samples.visits import Visits

IS_AD = np.array([source.utm_medium in ("cpc", "paid_social") for source in SOURCES] + [False] * (JOURNEY_MAIL + 1 - len(SOURCES)))
"""By source: visits from there begin with a click on an ad."""
_RATED_CHATS, _BOT_CHATS = 0.6, 0.5


def set_extras(rng: np.random.Generator, rows: Rows, visits: Visits, *, truth: Truth) -> None:
    """Fill in what the rows of these acts say; `visits` row by row."""
    acts = rows["act"]
    clicked = acts == Act.AD_CLICKED
    rows["number"][clicked] = visits["source"][clicked]
    read = acts == Act.CONTENT
    rows["number"][read] = np.searchsorted(np.cumsum(CONTENT_SHARES), rng.random(int(read.sum()))).clip(max=len(CONTENT) - 1)
    told = read | (acts == Act.DOWNLOADED)
    rows["extra"][told] = visits["category"][told]
    asked = acts == Act.QUIZ
    rows["number"][asked] = _needs(rng, visits["person"][asked], truth)
    watched = acts == Act.VIDEO
    rows["number"][watched] = (np.minimum(rng.beta(1.2, 0.7, int(watched.sum())) * 1.1, 1) * 1000).astype(int)
    _set_chats(rng, rows, truth)


def _needs(rng: np.random.Generator, person: npt.NDArray[np.int32], truth: Truth) -> npt.NDArray[np.int64]:
    """The category of the need each says it has."""
    is_honest = rng.random(len(person)) < truth.habits.quiz_honesty
    said: npt.NDArray[np.int64] = np.where(is_honest, truth.problem[person], rng.integers(truth.affinities.shape[1], size=len(person)))
    return said


def _set_chats(rng: np.random.Generator, rows: Rows, truth: Truth) -> None:
    """Half are with a bot, which is rated a point lower; four in ten are not rated."""
    chats = np.flatnonzero(rows["act"] == Act.CHAT)
    with_bot = rng.random(len(chats)) < _BOT_CHATS
    rating = np.clip(np.rint(truth.satisfaction[rows["person"][chats]] / 2 - with_bot + rng.normal(0, 0.7, len(chats))), 1, 5)
    rows["number"][chats], rows["extra"][chats] = np.where(rng.random(len(chats)) < _RATED_CHATS, rating, 0), with_bot
