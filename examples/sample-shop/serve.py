"""Serves this sample shop on loopback, its pages pointing to a collector: python examples/sample-shop/serve.py KEY"""

from argparse import ArgumentParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

FOLDER = Path(__file__).parent
WRITTEN = ("http://127.0.0.1:8000", "WRITE_KEY")
"""What the pages have in place of collector and key."""


def policy(collector: str) -> str:
    """As strict a Content-Security-Policy as a shop can have: the collector alone is let in."""
    return f"default-src 'self'; script-src 'self' {collector}; connect-src {collector}; frame-ancestors 'none'; base-uri 'none'"


def shop(key: str, collector: str, port: int) -> ThreadingHTTPServer:
    """A server of the shop; port 0: any that is free."""

    class Shop(SimpleHTTPRequestHandler):
        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments, directory=str(FOLDER))  # type: ignore[arg-type]

        def do_GET(self) -> None:
            page = FOLDER / (urlsplit(self.path).path.strip("/") or "index.html")
            if page.suffix != ".html" or page.parent != FOLDER or not page.is_file():
                return super().do_GET()
            body = page.read_text(encoding="utf-8").replace(WRITTEN[0], collector).replace(WRITTEN[1], key).encode()
            self.send_response(200)
            for name, value in (("content-type", "text/html; charset=utf-8"), ("content-security-policy", policy(collector))):
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    return ThreadingHTTPServer(("127.0.0.1", port), Shop)


if __name__ == "__main__":
    words = ArgumentParser(description=__doc__)
    words.add_argument("key", help="a browser's write key: `opportune keys add web --browser`")
    words.add_argument("--collector", default=WRITTEN[0], help="where `opportune serve` listens")
    words.add_argument("--port", type=int, default=8400)
    said = words.parse_args()
    with shop(said.key, said.collector, said.port) as server:
        print(f"the sample shop is at http://127.0.0.1:{server.server_port}")
        server.serve_forever()
