"""The demo's project: what `init` writes, with the sample shop's name and the demo's own mail server in it."""

from pathlib import Path

from ruamel.yaml import YAML

from opportune.samples.catalogue import ADDRESS, BRAND, CURRENCY
from opportune.samples.shop import Shop
from opportune.shell.refusals import Unusable
from opportune.starter.writing import write

LETTERS = Path(".opportune", "letters")
"""Where the demo's mail server keeps what it was handed."""
GOODS = Path("definitions", "goods.yml")
_GOODS = """# What the shop sells: names, prices and pictures for the mails.
tables:
  products: {file: tables/products.csv, key: product_id}
"""
SMTP_NOTE = "The demo's own mail server, gone when the demo ends. Without smtp:, mail is written as files under .opportune/mail."


def found_shop(folder: Path, *, smtp_port: int, port: int) -> None:
    """Write the project."""
    write(folder, CURRENCY)
    _adapt(folder / "opportune.yml", smtp_port=smtp_port, port=port)


def furnish(folder: Path, shop: Shop) -> None:
    """What the shop sells, as a table that mails read."""
    (folder / GOODS).write_text(_GOODS, encoding="utf-8")
    shop.write_products(folder / "tables" / "products.csv")


def refuse_what_is_there(folder: Path) -> None:
    """Raises Unusable for a folder with something in it: the demo never overwrites and never deletes."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        held = "an earlier demo or another project" if (folder / "opportune.yml").exists() else "other files"
        raise Unusable(
            f"{folder} holds {held}, and the demo overwrites nothing\n"
            f"  Choose another folder with --dir, or remove this one: rm -r {folder}"
        )


def _adapt(path: Path, *, smtp_port: int, port: int) -> None:
    """Set what is the shop's own, keeping the starter pack's comments."""
    yaml = YAML()
    settings = yaml.load(path)
    settings["shop"].update({"name": BRAND, "url": ADDRESS, "address": f"{BRAND}, 12 Harbour Lane, Exampleville"})
    settings["sender"]["from"] = f"{BRAND} <hello@{ADDRESS.partition('//')[2]}>"
    settings["smtp"] = {"host": "127.0.0.1", "port": smtp_port, "tls": "none"}
    settings["serve"] = {"host": "127.0.0.1", "port": port, "public_url": f"http://127.0.0.1:{port}"}
    settings.yaml_set_comment_before_after_key("smtp", before=SMTP_NOTE)
    with path.open("w", encoding="utf-8") as file:
        yaml.dump(settings, file)
