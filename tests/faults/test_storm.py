"""Nothing is lost and nothing happens twice, whatever is killed or fails; `make faults` does more of it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.faults.storm import storm


def test_handoffs_survive_a_storm(tmp_path: Path) -> None:
    outcome = asyncio.run(storm(30, 20261124, tmp_path, kills=6, limit=240))
    assert not outcome.wrong, outcome.table()
    assert outcome.rows["deaths (SIGKILL)"]
    assert outcome.rows["faults of the mail server"]
    assert outcome.rows["faults of the receiver"]
