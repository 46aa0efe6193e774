"""Prints what was counted over all conversations of this run, also when several processes held them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conversations.script import COUNTS

KEY = "conversation counts"


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A process that runs a part of the tests hands over what it counted."""
    handed = getattr(session.config, "workeroutput", None)
    if handed is not None:
        handed[KEY] = dict(COUNTS)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    COUNTS.update(getattr(node, "workeroutput", {}).get(KEY, {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    held = terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
    if any("test_conversation[" in report.nodeid for report in held):
        counted = ", ".join(f"{what}: {number}" for what, number in COUNTS.items())
        terminalreporter.write_line(f"Over all conversations: {counted}")
