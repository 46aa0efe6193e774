"""`make clean` takes what can be made again and nothing that people told."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from bot.training import ROOT

MADE = (
    ".venv/ready",
    ".rasa/cache.db",
    ".pytest_cache/README.md",
    "var/models/a.tar.gz",
    "bot/__pycache__/a.pyc",
)
TOLD = ("var/loket.db", "var/loket.db-wal", "var/secret", "var/mailbox/a.eml", "bot/app.py")


def test_what_people_told_stays(tmp_path: Path) -> None:
    for name in (*MADE, *TOLD):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("-")
    shutil.copy(ROOT / "Makefile", tmp_path)
    # Given, so that the Makefile need not find out what fits this processor.
    environment = {**os.environ, "OPENBLAS_CORETYPE": "Prescott"}
    subprocess.run(["make", "clean"], cwd=tmp_path, env=environment, check=True, capture_output=True)
    assert [name for name in MADE if (tmp_path / name).exists()] == []
    assert [name for name in TOLD if not (tmp_path / name).exists()] == []
