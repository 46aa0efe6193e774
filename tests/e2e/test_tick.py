"""`loket tick`: what is due by itself, once, for a clock of one's own; with webhooks to a real receiver."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from bot.training import ROOT
from tests.office import Office

SECRET = "a key that is long enough for signatures"


def tick(data: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **{f"LOKET_{name}": value for name, value in settings.items()}}
    return subprocess.run(
        [sys.executable, "-m", "bot.cli", "tick", "--data", str(data)],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


@pytest.fixture
def receiver():
    """Keeps the headers and bodies that it gets."""
    got: list[tuple[dict[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((dict(self.headers), body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Says nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/", got
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_tick_delivers_what_is_due_and_the_next_one_has_nothing_to_do(tmp_path, receiver) -> None:
    url, got = receiver
    assert tick(tmp_path).returncode == 0
    office = Office(tmp_path)
    reference = office.case_from(None, "tick")
    done = tick(tmp_path, WEBHOOK_URLS=url, WEBHOOK_SECRET=SECRET, WEBHOOK_TYPE="nl.example")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "1 new, 3 delivered, 0 to be tried again\n"
    (headers, body) = got[0]
    assert headers["webhook-id"] == f"{reference}.1"
    assert b'"type": "nl.example.zaak.ontvangen"' in body
    assert sorted(path.name for path in (tmp_path / "mailbox").iterdir()) == [
        f"{reference}.owner.received.eml",
        f"{reference}.resident.receipt.eml",
    ]
    again = tick(tmp_path, WEBHOOK_URLS=url, WEBHOOK_SECRET=SECRET)
    assert again.stdout == "0 new, 0 delivered, 0 to be tried again\n"
    assert len(got) == 1


def test_receivers_without_a_key_are_refused_with_what_to_do(tmp_path) -> None:
    for secret in ("", "too short"):
        done = tick(tmp_path, WEBHOOK_URLS="https://een.example.org/", WEBHOOK_SECRET=secret)
        assert done.returncode == 2
        assert "LOKET_WEBHOOK_URLS needs LOKET_WEBHOOK_SECRET with 32 characters or more" in done.stderr
