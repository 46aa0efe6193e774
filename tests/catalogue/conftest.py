"""Catalogues for the tests: the one of Delft, a second one, and copies of them with something broken."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from routing.catalogue import Catalogue, load_catalogue
from routing.catalogue.loader import SHIPPED

DELFT = SHIPPED / "delft"
SECOND = Path(__file__).parent / "fixtures" / "voorbeeldstad"


@pytest.fixture(scope="session")
def delft() -> Catalogue:
    return load_catalogue(DELFT)


@pytest.fixture(scope="session")
def second() -> Catalogue:
    return load_catalogue(SECOND)


@pytest.fixture
def second_path() -> Path:
    return SECOND


Edit = Callable[..., Path]


@pytest.fixture
def edited(tmp_path: Path) -> Edit:
    """A copy of the catalogue of Delft in which texts of files are replaced: `edited(roles=[(old, new)])`."""

    def edit(**files: list[tuple[str, str]]) -> Path:
        folder = tmp_path / "delft"
        if not folder.exists():
            shutil.copytree(DELFT, folder)
        for section, replacements in files.items():
            path = folder / f"{section}.yml"
            text = path.read_text(encoding="utf-8")
            for old, new in replacements:
                assert old in text, f"{old!r} is not in {path.name}"
                text = text.replace(old, new, 1)
            path.write_text(text, encoding="utf-8")
        return folder

    return edit
