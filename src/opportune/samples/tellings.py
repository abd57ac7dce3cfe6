"""The properties of what other systems than the site tell: surveys, tickets, chats, ads, mails, consent, stocks and prices."""

from opportune.samples.orders import band_of
from opportune.samples.phrases import ANSWERS, NETWORKS, REVIEWS, TOPICS
from opportune.samples.places import SOURCES
from opportune.samples.rows import Rows
from opportune.samples.signing import For, Method
from opportune.samples.words import Words, order_id, pairs, text

_PURPOSES = {purpose.value: purpose.name.lower() for purpose in For}
_METHODS = {method.value: method.name.lower() for method in Method}
_AGENTS = (',"agent":"human"', ',"agent":"machine"', ',"agent":"suspected"', "")


def reviews(rows: Rows, words: Words) -> list[str]:
    """Product, stars, words and who says them."""
    told = zip(*(rows[name].tolist() for name in ("number", "extra", "product", "person")), strict=True)
    return [
        f'{{"product_id":"{words.product_ids[product]}","rating":{stars},"text":{text(REVIEWS[stars - 1][said])},'
        f'"author":{text(words.authors[person])}}}'
        for stars, said, product, person in told
    ]


def surveys(rows: Rows, words: Words) -> list[str]:
    """How likely a friend is told of the shop, 0 to 10."""
    told = zip(rows["number"].tolist(), rows["extra"].tolist(), band_of(rows["number"]).tolist(), rows["cart"].tolist(), strict=True)
    return [_survey(*each) for each in told]


def _survey(score: int, said: int, band: int, cart: int) -> str:
    in_words = f',"text":{text(ANSWERS[band][said])}' if said >= 0 else ""
    asked_after = f',"order_id":"{order_id(cart)}"' if cart >= 0 else ""
    return f'{{"kind":"nps","score":{score}{in_words}{asked_after}}}'


def quizzes(rows: Rows, words: Words) -> list[str]:
    """What is needed."""
    return [f'{{"kind":"quiz",{words.needs[n]}}}' for n in rows["number"].tolist()]


def tickets(rows: Rows, words: Words) -> list[str]:
    """Opened and closed alike."""
    told = zip(rows["cart"].tolist(), rows["number"].tolist(), rows["extra"].tolist(), strict=True)
    moods = ("neutral", "negative")
    return [f'{{"ticket_id":"T-{cart:012x}","sentiment":"{moods[n]}","topic":"{TOPICS[topic]}"}}' for cart, n, topic in told]


def chats(rows: Rows, words: Words) -> list[str]:
    """With people and programs."""
    ratings = ("", *(f'"rating":{n},' for n in range(1, 6)))
    return [f'{{{ratings[n]}"bot":{"true" if extra else "false"}}}' for n, extra in pairs(rows, "number", "extra")]


def ads_seen(rows: Rows, words: Words) -> list[str]:
    """As an ad network tells."""
    return [f'{{"network":"{NETWORKS[n]}",{_seen(extra)}}}' for n, extra in pairs(rows, "number", "extra")]


def _seen(thousandths: int) -> str:
    return f'"kind":"video","completion":{thousandths / 1000:.3f}' if thousandths >= 0 else '"kind":"image"'


def ads_clicked(rows: Rows, words: Words) -> list[str]:
    """As the landing page tells."""
    sources = [SOURCES[n] for n in rows["number"].tolist()]
    return [f'{{"network":"{one.utm_source}","kind":"{one.utm_medium}","campaign":"{one.utm_campaign}"}}' for one in sources]


def codes(rows: Rows, words: Words) -> list[str]:
    """The customer's own code."""
    return [f'{{"code":"FRIEND-{person:06d}"}}' for person in rows["person"].tolist()]


def _mail(number: int, person: int, words: Words) -> str:
    return f'"campaign":"{words.campaigns[number]}","message_id":"{words.campaigns[number]}-{person:06d}"'


def mails(rows: Rows, words: Words) -> list[str]:
    """Which campaign's; texts and notices too."""
    return [f"{{{_mail(n, person, words)}}}" for n, person in pairs(rows, "number", "person")]


def answers(rows: Rows, words: Words) -> list[str]:
    """Opens and clicks, and by whom as far as the mail system said."""
    told = zip(rows["number"].tolist(), rows["person"].tolist(), rows["extra"].tolist(), strict=True)
    return [f"{{{_mail(n, person, words)}{_AGENTS[extra]}}}" for n, person, extra in told]


def consent(rows: Rows, words: Words) -> list[str]:
    """For what, and how."""
    return [f'{{"purpose":"{_PURPOSES[n]}","method":"{_METHODS[extra]}"}}' for n, extra in pairs(rows, "number", "extra")]


def stocks(rows: Rows, words: Words) -> list[str]:
    """How many are left."""
    told = zip(rows["product"].tolist(), rows["number"].tolist(), rows["extra"].tolist(), strict=True)
    olds = ((p, n, f',"old_stock":{old}' if old >= 0 else "") for p, n, old in told)
    return [f'{{"product_id":"{words.product_ids[p]}","stock":{n}{old}}}' for p, n, old in olds]


def prices(rows: Rows, words: Words) -> list[str]:
    """The new and the old one, in the shop's own currency."""
    told = zip(rows["product"].tolist(), rows["number"].tolist(), rows["extra"].tolist(), strict=True)
    return [f'{{"product_id":"{words.product_ids[p]}","price":{n / 100:.2f},"old_price":{old / 100:.2f}}}' for p, n, old in told]
