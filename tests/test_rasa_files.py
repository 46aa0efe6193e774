"""The standard Rasa files hold together, and the plain `rasa` commands work on them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot.training import ROOT, fingerprint, trained_model
from tests.conftest import MODELS

_UNUSED = re.compile(r"The utterance '(\w+)' is not used in any story or rule")


def _rasa(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "rasa", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=250)


def _validate(project: Path) -> tuple[int, list[str], set[str]]:
    """Exit code, warnings of Rasa's validator, and the responses that no rule names."""
    done = _rasa(
        "data",
        "validate",
        "--domain",
        "domain.yml",
        "--data",
        "data/stories",
        "data/nlu/dialogue.yml",
        cwd=project,
    )
    output = done.stdout + done.stderr
    own = [
        line for line in output.splitlines() if "UserWarning" in line and "rasa" in line and "The " in line
    ]
    unused = set(_UNUSED.findall(output))
    return done.returncode, [line for line in own if not _UNUSED.search(line)], unused


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the Rasa files that a test may spoil."""
    for name in ("config.yml", "domain.yml"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "data", tmp_path / "data")
    for package in ("bot", "actions", "routing"):
        (tmp_path / package).symlink_to(ROOT / package)
    return tmp_path


def test_every_response_is_said_by_a_rule_a_form_or_an_action(project: Path) -> None:
    code, _, unused = _validate(project)
    assert code == 0
    # Rasa's validator looks at rules only; what actions and forms say it takes for unused.
    said = "\n".join(path.read_text() for path in (ROOT / "actions").glob("*.py"))
    built = ("utter_ask_", "utter_correct_", "utter_open_", "utter_language_")
    built += ("utter_foreign_", "utter_danger_", "utter_why_")
    assert not [name for name in unused if name not in said and not name.startswith(built)]


def test_a_rule_with_an_unknown_action_is_noticed(project: Path) -> None:
    rules = project / "data" / "stories" / "smalltalk.yml"
    rules.write_text(rules.read_text().replace("action: utter_thank", "action: utter_thonk"))
    code, warnings, _ = _validate(project)
    assert code != 0 or any("utter_thonk" in line for line in warnings)


def test_rasa_test_core_agrees_with_the_rules(model: Path, tmp_path: Path) -> None:
    done = _rasa(
        "test",
        "core",
        "--model",
        str(model),
        "--stories",
        "tests/rasa",
        "--out",
        str(tmp_path),
        "--fail-on-prediction-errors",
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def test_the_trained_model_is_kept_under_a_hash_of_its_inputs(model: Path, project: Path) -> None:
    assert model.name == f"loket-{fingerprint()}.tar.gz"
    before = model.stat().st_mtime_ns
    assert trained_model(MODELS) == model
    assert model.stat().st_mtime_ns == before
    (project / "domain.yml").write_text((project / "domain.yml").read_text() + "\n# a change\n")
    assert fingerprint(project) != fingerprint()
