"""The document about delivery says what the code does."""

from __future__ import annotations

import importlib.util
import re
from datetime import timedelta
from pathlib import Path

from routing.cases.presence import PRESENT_FOR
from routing.handoff.links import CONTINUE, FOLLOW_UP, PATHS, REPLY, SOLVED, VALID
from routing.handoff.live import GONE_AFTER, LOST_AFTER
from routing.handoff.webhook import STEPS

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "delivery.md").read_text()
TEMPLATES = ROOT / "routing" / "handoff" / "templates"


def test_every_kind_of_mail_is_named_and_no_other() -> None:
    named = set(re.findall(r"`((?:owner|team|resident|follower)_\w+)`", TEXT))
    assert named == {path.name.split(".")[0] for path in TEMPLATES.glob("[a-z]*.nl.txt")} - {"reason"}
    for path in TEMPLATES.glob("*.nl.txt"):
        assert path.with_name(path.name.replace(".nl.", ".en.")).is_file()


def test_every_step_that_leaves_the_house_is_named() -> None:
    assert re.findall(r"^\| `(zaak\.[\w-]+)` \|", TEXT, re.MULTILINE) == list(STEPS.values())


def test_links_are_good_for_as_long_as_it_says() -> None:
    rows = dict(re.findall(r"^\| `(/[\w-]+)/…` \|.*?\| (\d+) days", TEXT, re.MULTILINE))
    assert rows == {
        PATHS[purpose]: str(VALID[purpose].days) for purpose in (CONTINUE, REPLY, FOLLOW_UP, SOLVED)
    }


def test_the_figures_are_those_of_the_code() -> None:
    spec = importlib.util.spec_from_file_location(
        "documented_receiver", ROOT / "docs" / "examples" / "webhook_receiver.py"
    )
    receiver = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(receiver)
    assert receiver.REPLAY_WINDOW == 300
    assert timedelta(seconds=90) == PRESENT_FOR
    assert (timedelta(minutes=1), timedelta(minutes=30)) == (LOST_AFTER, GONE_AFTER)
