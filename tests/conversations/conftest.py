"""Prints what was counted over all conversations of this run."""

from __future__ import annotations

import pytest

from tests.conversations.script import COUNTS


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    held = terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
    if any("test_conversation[" in report.nodeid for report in held):
        counted = ", ".join(f"{what}: {number}" for what, number in COUNTS.items())
        terminalreporter.write_line(f"Over all conversations: {counted}")
