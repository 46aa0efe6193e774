"""A municipality's own site: another host than Loket, with a strict policy and one script tag."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAGE = """<!DOCTYPE html>
<html lang="nl">
<head><meta charset="utf-8"><title>Gemeente Voorbeeldstad</title>
<meta name="viewport" content="width=device-width, initial-scale=1">{head}</head>
<body><main><h1>Gemeente Voorbeeldstad</h1><p>Een gewone pagina van de gemeente.</p></main>
<script src="{loket}/widget/widget.js"{attributes} defer></script></body>
</html>"""
POLICY = (
    "default-src 'none'; script-src {loket}; connect-src {loket}; img-src 'self'; style-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
"""What docs/widget.md tells a municipality to allow, and nothing beside it."""
LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><path d="M0 0h40v40H0z" fill="#0b6b4f"/>'
    '<path d="M8 30V14l12-8 12 8v16z" fill="#fff"/></svg>'
)
STYLE = "loket-chat { --loket-color-brand: #7a1f5c; }"


@dataclass
class Site:
    """The pages by path: the attributes of the script tag, and what else stands in the head."""

    url: str
    pages: dict[str, tuple[str, str]] = field(default_factory=dict)
    loket: str = ""

    def answer(self, path: str) -> tuple[str, str]:
        """Type and text of what stands at a path."""
        files = {"/logo.svg": ("image/svg+xml", LOGO), "/site.css": ("text/css", STYLE)}
        if path in files:
            return files[path]
        attributes, head = self.pages.get(path, ("", ""))
        return "text/html; charset=utf-8", PAGE.format(loket=self.loket, attributes=attributes, head=head)


@contextmanager
def municipal_site() -> Iterator[Site]:
    """A running site on a free port; `loket` is filled in once Loket runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, text = site.answer(self.path)
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Security-Policy", POLICY.format(loket=site.loket))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *args: object) -> None:
            """Nothing: the output is that of the tests."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site = Site(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield site
    finally:
        server.shutdown()
