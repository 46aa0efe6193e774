"""The house rules that a machine can see."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from actions.foreign import LANGUAGES
from bot.training import ROOT

PACKAGES = ("actions", "bot", "routing")
MODULE_LINES = 400
KINDS_ABROAD = ("foreign", "danger", "danger_life")
"""What is said in other languages than Dutch and English."""

# Who may import whom, within `routing` by sub-package.
FORBIDDEN = {
    "routing": ("bot", "actions"),
    "actions": ("bot",),
    "routing.catalogue": ("routing.advice", "routing.cases", "routing.handoff", "routing.desk"),
    "routing.advice": ("routing.cases", "routing.handoff", "routing.desk"),
    "routing.cases": ("routing.handoff", "routing.desk"),
    "routing.handoff": ("routing.desk",),
}


def _modules() -> Iterator[tuple[str, Path]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"), path


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def _inside(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


@pytest.mark.parametrize(("package", "forbidden"), FORBIDDEN.items())
def test_imports_go_one_way(package: str, forbidden: tuple[str, ...]) -> None:
    wrong = [
        f"{name} imports {imported}"
        for name, path in _modules()
        if _inside(name, package)
        for imported in _imports(path)
        if any(_inside(imported, other) for other in forbidden)
    ]
    assert not wrong


def test_only_the_assistant_and_its_parts_meet_rasa() -> None:
    allowed = {"bot.assistant", "bot.dialogue_store", "bot.utterances", "bot.speed", "bot.training"}
    wrong = [
        name
        for name, path in _modules()
        if name not in allowed and not _inside(name, "bot.nlu")
        if any(_inside(imported, "rasa") for imported in _imports(path))
    ]
    assert not wrong


def test_modules_stay_small() -> None:
    long = {
        name: lines
        for name, path in _modules()
        if (lines := len(path.read_text().splitlines())) > MODULE_LINES
    }
    assert not long


def test_importing_starts_nothing_heavy() -> None:
    code = "import sys, bot.cli, bot.app; print([m for m in ('rasa', 'tensorflow') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_setting_is_explained() -> None:
    used = set(
        re.findall(r'env\.(?!prefixed)\w+\("([A-Z_]+)"', (ROOT / "routing" / "settings.py").read_text())
    )
    explained = set(re.findall(r"`LOKET_([A-Z_]+)`", (ROOT / "docs" / "settings.md").read_text()))
    assert used
    assert used == explained


def test_every_response_is_there_in_both_languages_and_short() -> None:
    responses = YAML(typ="safe").load(ROOT / "domain.yml")["responses"]
    in_one_language = {
        "utter_open_nl",
        "utter_open_en",
        "utter_language_nl",
        "utter_language_en",
        "utter_language_nl_go",
        "utter_language_en_go",
        "utter_urgent",
    }
    in_one_language |= {f"utter_{kind}_{code}" for code in LANGUAGES for kind in KINDS_ABROAD}
    for name, variations in responses.items():
        languages = [str(v.get("condition", "")).count("en'") for v in variations]
        assert len(variations) == (1 if name in in_one_language else 2), name
        assert name in in_one_language or sorted(languages) == [0, 1], name
        for variation in variations:
            assert len(variation["text"].split()) <= 60, name
            assert "regisseur" not in variation["text"].casefold(), name


def test_the_project_speaks_of_the_product_alone() -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    machine_path = re.compile(r"(?<![\w.])/(?:root|work|home)/")
    wrong = [
        name
        for name in tracked
        if not name.startswith(".ci/") and name != "tests/test_architecture.py"
        if (ROOT / name).suffix in {".py", ".md", ".yml", ".toml", ".js", ".html", ".css", ""}
        if machine_path.search((ROOT / name).read_text(errors="ignore"))
        or "../shared" in (ROOT / name).read_text(errors="ignore")
    ]
    assert not wrong
