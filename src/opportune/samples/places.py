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

EURO = ("DE", "FR", "NL")
"""Countries of `PLACES` that pay in euro."""


@dataclass(frozen=True, slots=True)
class City:
    """Where a customer may live; latitude and longitude in degrees."""

    name: str
    region: str
    latitude: float
    longitude: float


CITIES = (
    (City("New York", "NY", 40.71, -74.01), City("Boston", "MA", 42.36, -71.06), City("Atlanta", "GA", 33.75, -84.39)),
    (City("Chicago", "IL", 41.88, -87.63), City("Houston", "TX", 29.76, -95.37)),
    (City("Denver", "CO", 39.74, -104.99),),
    (City("Los Angeles", "CA", 34.05, -118.24), City("Seattle", "WA", 47.61, -122.33)),
    (City("Toronto", "ON", 43.65, -79.38),),
    (City("Vancouver", "BC", 49.28, -123.12),),
    (City("London", "England", 51.51, -0.13), City("Edinburgh", "Scotland", 55.95, -3.19)),
    (City("Berlin", "Berlin", 52.52, 13.4), City("München", "Bayern", 48.14, 11.58)),
    (City("Paris", "Île-de-France", 48.86, 2.35), City("Lyon", "Auvergne-Rhône-Alpes", 45.76, 4.84)),
    (City("Amsterdam", "Noord-Holland", 52.37, 4.9),),
    (City("Stockholm", "Stockholm", 59.33, 18.07),),
    (City("Zürich", "Zürich", 47.38, 8.54),),
    (City("Sydney", "NSW", -33.87, 151.21),),
)
"""The cities of each of `PLACES`."""
DIALLING = {"US": "+1", "CA": "+1", "GB": "+44", "DE": "+49", "FR": "+33", "NL": "+31", "SE": "+46", "CH": "+41", "AU": "+61"}
REGIONS = tuple(dict.fromkeys(city.region for cities in CITIES for city in cities))
WEATHER = ("sunny", "cloudy", "rain", "storm", "snow", "heat")


@dataclass(frozen=True, slots=True)
class Source:
    """A way into the shop. Empty text: not sent."""

    share: float
    referrer: str
    utm_source: str = ""
    utm_medium: str = ""
    utm_campaign: str = ""
    utm_term: str = ""
    utm_content: str = ""
    """The offer that was seen."""


SOURCES = (
    Source(0.28, ""),
    Source(0.22, "https://www.google.com/"),
    Source(0.10, "https://www.google.com/", "google", "cpc", "brand"),
    Source(0.07, "https://www.google.com/", "google", "cpc", "welcome", "buy online", "free-shipping"),
    Source(0.12, "https://www.facebook.com/", "facebook", "paid_social", "spring-sale", "", "ten-percent-off"),
    Source(0.07, "https://www.instagram.com/", "instagram", "social", "profile"),
    Source(0.06, "https://www.pinterest.com/", "pinterest", "social", "boards"),
    Source(0.03, "https://www.tiktok.com/", "tiktok", "paid_social", "unboxing", "", "new-arrivals"),
    Source(0.05, "https://slow-letters.example/", "slow-letters", "referral", "spring-guide"),
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
CONTENT_SHARES = (0.22, 0.2, 0.16, 0.11, 0.13, 0.08, 0.1)
COUPONS = (("", 0), ("WELCOME10", 10), ("COSY15", 15), ("FRIENDS20", 20))
"""Code and percent off; the first is none."""
