"""What many tests share: a trained assistant, and the real product as a process of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.training import ROOT, trained_model
from tests.conversations.script import COUNTS

MODELS = ROOT / "var" / "models"
"""Trained models are kept between runs, under the hash of what they were made from."""

START_SECONDS = 120
COUNTED = "counted over conversations"


@pytest.fixture(scope="session")
def model() -> Path:
    """The trained assistant for the files as they are."""
    return trained_model(MODELS)


@dataclass
class Server:
    """`loket serve` on a free port with a data folder of its own."""

    data: Path
    settings: dict[str, str] = field(default_factory=dict)
    command: tuple[str, ...] = ("-m", "bot.cli", "serve")
    process: subprocess.Popen[bytes] | None = None
    port: int = field(default_factory=lambda: free_port())

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """All that the process wrote, over all its lives."""
        return (self.data / "server.log").read_text()

    def start(self, wait: bool = True, **settings: str) -> Server:
        """Start the process, and wait until a message can be answered."""
        self.data.mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, "LOKET_MODELS": str(MODELS), "LOKET_RATE_MESSAGES": "10000 per minute"}
        environment |= {"LOKET_RATE_CONVERSATIONS": "10000 per minute", **self.settings, **settings}
        with (self.data / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *self.command, "--port", str(self.port), "--data", str(self.data)],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
            )
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self) -> None:
        """Wait until a message can be answered."""
        self._wait_for("/health/ready")

    def wait_listening(self) -> None:
        """Wait until the port is open, long before the assistant is loaded."""
        self._wait_for("/health/live")

    def _wait_for(self, path: str) -> None:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise AssertionError(f"the server stopped by itself:\n{self.log[-4000:]}")
            if _answers(f"{self.url}{path}"):
                return
            self._pause(0.05)
        raise AssertionError(f"the server was not ready in time:\n{self.log[-4000:]}")

    def kill(self) -> None:
        """SIGKILL: no chance to tidy up."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def wait_dead(self, seconds: float = 60) -> None:
        """Wait until the process has ended by itself."""
        self.process.wait(seconds)

    def stop(self) -> None:
        """End it as an operator would."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)

    def _pause(self, seconds: float) -> None:
        # Waiting for another process, not for time to pass: its end is noticed at once.
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return


@pytest.fixture(scope="session")
def server(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One running product for all tests that only talk to it."""
    running = Server(tmp_path_factory.mktemp("loket"))
    try:
        yield running.start()
    finally:
        running.stop()


@pytest.fixture
def own_server(model: Path, tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Makes servers that a test may stop, kill and start again as it likes."""
    made: list[Server] = []

    def make(**given: object) -> Server:
        made.append(Server(tmp_path / f"data-{len(made)}", **given))
        return made[-1]

    yield make
    for one in made:
        one.stop()


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return response.status == 200
    except (OSError, urllib.error.URLError):
        return False


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what was left out, and how to get it; and what was counted over all conversations."""
    for report in terminalreporter.getreports("skipped"):
        terminalreporter.write_line(f"{report.nodeid}: {report.longrepr[2]}")
    held = terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
    if any("test_conversation[" in report.nodeid for report in held):
        counted = ", ".join(f"{what}: {number}" for what, number in COUNTS.items())
        terminalreporter.write_line(f"Over all conversations: {counted}")


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Takes over what another process counted, when several run the tests."""
    COUNTS.update(getattr(node, "workeroutput", {}).get(COUNTED, {}))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where no gap is allowed, a test that was left out is a failure; counts go to who runs the processes."""
    handed = getattr(session.config, "workeroutput", None)
    if handed is not None:
        handed[COUNTED] = dict(COUNTS)
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("LOKET_TEST_NO_GAPS") and reporter and reporter.getreports("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
