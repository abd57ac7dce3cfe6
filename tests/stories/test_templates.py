"""What a mail is made of, the whole way: definitions as of its decision, offers while they last, products, reviews, the brand."""

from email import message_from_bytes, policy
from pathlib import Path

from tests.stories.town import SETTINGS, Pocket, Town

from opportune.language.compiler.values import at_pairs

JOURNEY = """
journey: thanks
when: event("Order Completed")
reentry: always
holdout: 0%
steps:
  - send: thanks
"""
DEFINITIONS = """
metrics: {orders: count("Order Completed")}
ladders:
  keen:
    rungs:
      - often: metric.orders >= 2
    otherwise: new
settings: {cart_page: /cart, mine: friends}
tables: {products: {file: products.csv, key: product_id}}
"""
PRODUCTS = """product_id,name,category,price
lamp-1,Reading lamp,lamps,60
lamp-2,Desk lamp,lamps,55
lamp-3,Floor lamp,lamps,200
rug-1,Wool rug,rugs,61
"""
OFFERS = """
brand: {colour: "#102030", signature: Mira}
offers:
  spring: {percent: 15, code: SPRING, stock: 2, ends: "2026-03-20T00:00:00Z"}
  friends: {kind: referral, amount: 5, code: FRIEND}
"""


def thanks(body: str, head: str = "") -> dict[str, str]:
    template = f"---\nsubject: Thanks\n{head}---\n<p>{body}</p>"
    return {
        "journeys/thanks.yml": JOURNEY,
        "definitions.yml": DEFINITIONS,
        "products.csv": PRODUCTS,
        "opportune.yml": SETTINGS + OFFERS,
        "templates/thanks.html": template,
    }


def town(tmp_path: Path, body: str, head: str = "") -> Town:
    return Town(tmp_path, thanks(body, head), start="2026-03-01T00:00:00Z")


def ordered(town: Town, at: str, user: str = "ann", **more: object) -> list[str]:
    """She orders, and what the mail says, a line each."""
    assert isinstance(town.channel, Pocket)
    known = len(town.channel.letters)
    town.at(at).identify(user, email=f"{user}@mail.test").track("Consent Given", user, purpose="email")
    town.track("Order Completed", user, total=20, **more).tick()
    town.post()
    said = message_from_bytes(town.channel.letters[known], policy=policy.default).get_body(("plain",)).get_content()  # type: ignore[union-attr]
    return [line for line in said.split("--")[0].splitlines() if line]


def test_definitions_are_read_by_their_names_as_they_were_when_the_message_was_decided(tmp_path: Path) -> None:
    with town(tmp_path, "{{ metric.orders }} {{ ladder.keen.name }} {{ setting.cart_page }}") as shop:
        assert ordered(shop, "2026-03-01T10:00:00Z") == ["1 new /cart"]
        shop.at("2026-03-02T10:00:00Z").track("Order Completed", total=20).tick()
        shop.at("2026-03-02T11:00:00Z").track("Order Completed", total=20).tick()
        shop.post()
        assert isinstance(shop.channel, Pocket)
        said = [message_from_bytes(letter, policy=policy.default).get_body(("plain",)).get_content() for letter in shop.channel.letters]  # type: ignore[union-attr]
        assert [text.split("\n")[0].strip() for text in said] == ["1 new /cart", "2 often /cart", "3 often /cart"]


def test_messages_written_together_say_what_holds_of_each_customer(tmp_path: Path) -> None:
    with town(tmp_path, "{{ customer.id }} {{ metric.orders }}") as shop:
        shop.at("2026-03-01T10:00:00Z")
        for user, orders in (("ann", 1), ("bea", 3)):
            shop.identify(user, email=f"{user}@mail.test").track("Consent Given", user, purpose="email")
            for hour in range(orders):
                shop.track("Order Completed", user, ts=f"2026-03-01T0{hour + 1}:00:00Z", total=20)
        shop.tick()
        shop.post()
        assert isinstance(shop.channel, Pocket)
        said = [message_from_bytes(letter, policy=policy.default).get_body(("plain",)).get_content() for letter in shop.channel.letters]  # type: ignore[union-attr]
        assert {"ann 1", "bea 3"} <= {text.split("\n")[0].strip() for text in said}


def test_an_offer_disappears_when_its_code_is_used_up_and_a_cancelled_order_gives_one_back(tmp_path: Path) -> None:
    with town(tmp_path, "[{% if offer %}{{ offer.code }} {{ offer.left }}{% endif %}]", "offer: spring\n") as shop:
        assert ordered(shop, "2026-03-01T10:00:00Z", coupon="SPRING", order_id="o1") == ["[SPRING 1]"]
        assert ordered(shop, "2026-03-02T10:00:00Z", coupon="SPRING", order_id="o2") == ["[]"]
        shop.at("2026-03-03T09:00:00Z").track("Order Cancelled", order_id="o1")
        assert ordered(shop, "2026-03-03T10:00:00Z", order_id="o3") == ["[SPRING 1]"]


def test_what_was_offered_to_whom_is_told_with_the_mail(tmp_path: Path) -> None:
    with town(tmp_path, "{% if offer %}{{ offer.code }}{% endif %}", "offer: spring\n") as shop:
        ordered(shop, "2026-03-19T10:00:00Z")
        ordered(shop, "2026-03-21T10:00:00Z")
        shop.at("2026-03-22T10:00:00Z").tick()
        told = shop.workspace.project.expressions({"offered": 'count("Email Sent", offer == "spring")', "sent": 'count("Email Sent")'})[0]
        (row,) = shop.workspace.engine.rows(at_pairs(told), {}, {"pairs": [(0, 1, shop.now, shop.now, *[None] * 6)]})
        assert row[1:] == (1, 2)


def test_an_offer_is_over_at_its_end(tmp_path: Path) -> None:
    with town(tmp_path, '[{% if offer.ends %}{{ offer.ends | date: "%d %B" }}{% endif %}]', "offer: spring\n") as shop:
        assert ordered(shop, "2026-03-19T23:00:00Z") == ["[20 March]"]
        assert ordered(shop, "2026-03-20T00:00:00Z") == ["[]"]


def test_a_value_may_name_the_offer_and_a_referral_code_is_each_customers_own(tmp_path: Path) -> None:
    with town(tmp_path, "{{ offer.code | split: '-' | first }} {{ offer.code.size }}|{{ offer.code }}", "offer: setting.mine\n") as shop:
        (ann,) = ordered(shop, "2026-03-01T10:00:00Z")
        (bea,) = ordered(shop, "2026-03-01T10:05:00Z", "bea")
        (again,) = ordered(shop, "2026-03-01T10:10:00Z")
        assert ann.startswith("FRIEND 13|FRIEND-")
        assert ann == again != bea


def test_products_are_filled_up_from_the_table_and_their_neighbours_stand_beside_them(tmp_path: Path) -> None:
    body = "{% for p in products %}{{ p.name }} {{ p.price | money }};{% endfor %} {% for p in related %}{{ p.name }};{% endfor %}"
    with town(tmp_path, body) as shop:
        assert ordered(shop, "2026-03-01T10:00:00Z", products=[{"product_id": "lamp-1", "price": 50}]) == [
            "Reading lamp $50.00; Desk lamp;Floor lamp;"
        ]


def test_without_a_table_goods_are_what_events_say_of_them(tmp_path: Path) -> None:
    body = "{% for p in products %}{{ p.name }} x{{ p.quantity }};{% endfor %} {% for p in related %}{{ p.name }};{% endfor %}"
    files = thanks(body) | {"journeys/thanks.yml": JOURNEY.replace("Order Completed", "Order Delivered")}
    files["definitions.yml"] = DEFINITIONS.replace("tables:", "# tables:")
    with Town(tmp_path, files, start="2026-03-01T00:00:00Z") as shop:
        shop.at("2026-03-01T09:00:00Z")
        for number, views in ((1, 1), (2, 3), (3, 2), (4, 1), (5, 1)):
            for _ in range(views):
                shop.track("Product Viewed", "bea", product_id=f"lamp-{number}", category="lamps", name=f"Lamp {number}", price=9)
        shop.track("Product Viewed", "bea", product_id="rug-1", category="rugs", name="Rug")
        lines = [{"product_id": "lamp-2", "quantity": 2}, {"product_id": "lamp-9", "quantity": 1}]
        shop.identify(email="ann@mail.test").track("Consent Given", purpose="email").track("Order Completed", order_id="o1", products=lines)
        shop.at("2026-03-03T09:00:00Z").track("Order Delivered", order_id="o1").tick()
        shop.post()
        assert isinstance(shop.channel, Pocket)
        said = message_from_bytes(shop.channel.letters[0], policy=policy.default).get_body(("plain",)).get_content()  # type: ignore[union-attr]
        assert said.splitlines()[0] == "Lamp 2 x2; x1; Lamp 3;Lamp 1;Lamp 4;"


def test_strange_products_stop_no_mail(tmp_path: Path) -> None:
    body = "{% for p in products %}{{ p.name }};{% endfor %} {% for p in related %}{{ p.name }};{% endfor %}{{ reviews.count }}"
    with town(tmp_path, body) as shop:
        odd = [{"product_id": ["x"], "category": {"a": 1}, "name": "Odd"}, 7, "lamp", {"product_id": "lamp-2"}]
        assert ordered(shop, "2026-03-01T10:00:00Z", products=odd) == ["Odd;;;Desk lamp;"]
        assert ordered(shop, "2026-03-02T10:00:00Z", products={"a": 1}) != []


def test_reviews_are_those_of_the_first_product_and_only_praise_is_quoted_while_all_marks_count(tmp_path: Path) -> None:
    body = "{{ reviews.rating }} {{ reviews.count }} {% for q in reviews.quotes %}{{ q.text }}/{{ q.author }};{% endfor %}"
    with town(tmp_path, body) as shop:
        shop.at("2026-03-01T09:00:00Z")
        for user, rating, text, author in (("bea", 5, "Fine  light", "Bea"), ("cleo", 2, "Broke at once", "C"), ("dan", 4, "Good", None)):
            shop.track("Review Submitted", user, product_id="lamp-1", rating=rating, text=text, **({"author": author} if author else {}))
        shop.track("Review Submitted", "eve", product_id="rug-1", rating=1)
        assert ordered(shop, "2026-03-01T10:00:00Z", products=[{"product_id": "lamp-1"}]) == ["3.7 3 Good/;Fine light/Bea;"]


def test_the_brand_of_the_settings_is_there_with_what_follows_from_it(tmp_path: Path) -> None:
    with town(tmp_path, "{{ brand.colour }} {{ brand.on_colour }} {{ brand.signature }} [{{ brand.logo }}]") as shop:
        assert ordered(shop, "2026-03-01T10:00:00Z") == ["#102030 #ffffff Mira []"]
