"""Where the sample shop's customers live, what they are called, and how they find the shop. Tables only; all of it made up."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A country, one of its time zones, the share of customers living there, and whether tracking there needs consent first."""

    country: str
    zone: str
    language: str
    share: float
    is_opt_in: bool


PLACES = (
    Place("US", "America/New_York", "en", 0.27, False),
    Place("US", "America/Chicago", "en", 0.15, False),
    Place("US", "America/Denver", "en", 0.05, False),
    Place("US", "America/Los_Angeles", "en", 0.14, False),
    Place("CA", "America/Toronto", "en", 0.06, False),
    Place("CA", "America/Vancouver", "en", 0.02, False),
    Place("GB", "Europe/London", "en", 0.11, True),
    Place("DE", "Europe/Berlin", "de", 0.07, True),
    Place("FR", "Europe/Paris", "fr", 0.04, True),
    Place("NL", "Europe/Amsterdam", "nl", 0.02, True),
    Place("SE", "Europe/Stockholm", "sv", 0.02, True),
    Place("CH", "Europe/Zurich", "de", 0.01, True),
    Place("AU", "Australia/Sydney", "en", 0.04, False),
)


@dataclass(frozen=True, slots=True)
class Source:
    """A way into the shop. Empty text: not sent."""

    share: float
    referrer: str
    utm_source: str = ""
    utm_medium: str = ""
    utm_campaign: str = ""


SOURCES = (
    Source(0.28, ""),
    Source(0.22, "https://www.google.com/"),
    Source(0.10, "https://www.google.com/", "google", "cpc", "brand"),
    Source(0.07, "https://www.google.com/", "google", "cpc", "lamps-and-light"),
    Source(0.12, "https://www.facebook.com/", "facebook", "paid_social", "cosy-home"),
    Source(0.07, "https://www.instagram.com/", "instagram", "social", "profile"),
    Source(0.06, "https://www.pinterest.com/", "pinterest", "social", "boards"),
    Source(0.03, "https://www.tiktok.com/", "tiktok", "paid_social", "unboxing"),
    Source(0.05, "https://slow-interiors.example/", "slow-interiors", "referral", "spring-guide"),
)
NEWSLETTER = len(SOURCES)
"""The source of a visit that follows a click in one of the shop's campaign mails."""
JOURNEY_MAIL = NEWSLETTER + 1
"""The source of a visit that follows a mail of ours."""
DIRECT = 0

FIRST_NAMES = (
    "Ada", "Amir", "Anna", "Ben", "Bea", "Carl", "Chloe", "Dana", "David", "Elif", "Emma", "Eric", "Fay", "Felix", "Gina", "Greta", "Hana",
    "Henry", "Ida", "Isaac", "Jana", "Jonas", "José", "Kai", "Karin", "Lea", "Leo", "Lucy", "Maja", "Marc", "Mia", "Milo", "Nina", "Noah",
    "Olga", "Omar", "Paul", "Pia", "Quinn", "Rosa", "Ruth", "Sam", "Sofia", "Søren", "Tara", "Tim", "Uma", "Vera", "Will", "Yara", "Zoë",
)  # fmt: skip
LAST_NAMES = (
    "Abel", "Adler", "Baker", "Berg", "Brandt", "Chen", "Clarke", "Dahl", "Diaz", "Egan", "Ek", "Falk", "Fischer", "García", "Grant",
    "Hall", "Hansen", "Jensen", "Jones", "Kaya", "Keller", "Klein", "Lang", "Lopez", "Mann", "Meyer", "Moore", "Müller", "Nolan", "Novak",
    "Olsen", "Park", "Patel", "Quist", "Reed", "Rossi", "Roy", "Sato", "Silva", "Stone", "Taylor", "Ueda", "Voss", "Wagner", "Young",
)  # fmt: skip
CONTENT = ("blog", "guide", "faq", "size_guide", "shipping", "returns", "pricing")
COUPONS = (("", 0), ("WELCOME10", 10), ("COSY15", 15), ("FRIENDS20", 20))
"""Code and percent off; the first is none."""
