"""Loading the folder of a municipality: everything is checked, and all problems are told at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from routing.catalogue import references, rule_sections, sections
from routing.catalogue.model import Catalogue
from routing.catalogue.reader import Fields, Notes, Value, read_file
from routing.catalogue.words import CatalogueError, Mark, Problem

SHIPPED = Path(__file__).parent
"""Where the folders that come with Loket stand; `extends` may name one of them."""

_SHARED = frozenset({"canned", "emergencies", "goals", "hours", "questions", "roles", "rules"})
"""What `extends` takes over. The rest tells of the place and its people and would be wrong elsewhere."""

_MAPPINGS: Mapping[str, Callable[[str, Value], Any]] = MappingProxyType(
    {
        "goals": sections.read_goal,
        "roles": sections.read_role,
        "instruments": sections.read_instrument,
        "neighbourhoods": sections.read_neighbourhood,
        "partners": sections.read_partner,
        "emergencies": sections.read_emergency,
        "canned": sections.read_canned,
    }
)


@dataclass
class _Folder:
    """The files of a municipality; a shared file that is not there comes from the folder it extends."""

    path: Path
    notes: Notes
    marks: dict[tuple[str, str], Mark]
    base: Path | None = None

    def open(self, section: str) -> Value | None:
        value = self._read(f"{section}.yml", section in _SHARED)
        if value is None:
            self.notes.unread.add(section)
        return value

    def _read(self, name: str, shared: bool) -> Value | None:
        for folder in (self.path, self.base if shared else None):
            if folder is not None and (folder / name).is_file():
                return read_file(folder / name, self.notes)
        self.notes.error(Mark(str(self.path / name), 1), "the file is missing")
        return None

    def fields(self, section: str) -> Fields | None:
        value = self.open(section)
        if value is not None and not value.is_mapping:
            self.notes.unread.add(section)
        return value.fields() if value else None

    def mapping(self, section: str, read: Callable[[str, Value], Any]) -> Mapping[Any, Any]:
        """The entries of a file that holds `id: {...}`, by id."""
        fields = self.fields(section)
        found = {}
        for name, key, value in fields.entries() if fields else ():
            entry = read(name, value)
            found[getattr(entry, "number", name)] = entry
            self.marks[section, name] = key.mark
        return MappingProxyType(found)


def load_catalogue(path: Path) -> Catalogue:
    """The catalogue of the municipality whose YAML files stand in the folder `path`.

    Raises:
        CatalogueError: something is wrong; `problems` holds everything that was found, not only the first.
    """
    path, notes = Path(path), Notes()
    if not path.is_dir():
        raise CatalogueError((Problem(Mark(str(path), 1), "there is no such folder"),))
    folder = _Folder(path, notes, {})
    catalogue = _read(folder)
    references.check_references(catalogue, notes)
    problems = tuple(sorted(set(notes.problems)))
    if any(problem.level == "error" for problem in problems):
        raise CatalogueError(problems)
    return replace(references.with_parts(catalogue), warnings=problems)


def _read(folder: _Folder) -> Catalogue:
    """The catalogue as it stands in the files, right or wrong."""
    head = folder.fields("municipality")
    folder.marks["municipality", ""] = Mark(str(folder.path / "municipality.yml"), 1)
    if head is not None:
        _extend(folder, head)
    municipality, team = sections.read_municipality(head)
    folder.notes.places = {
        "municipality": municipality.name,
        "phone": municipality.phone,
        "website": municipality.website,
        "address": municipality.address,
    }
    readers = {**_MAPPINGS, "services": sections.service_reader(municipality)}
    mappings = {name: folder.mapping(name, read) for name, read in readers.items()}
    rules, ordinary = rule_sections.read_rules(folder.fields("rules"), folder.marks)
    questions = rule_sections.read_questions(folder.open("questions"), folder.marks)
    return Catalogue(
        municipality=municipality,
        team=team,
        calendar=sections.read_calendar(folder.fields("hours"), municipality.timezone),
        rules=rules,
        ordinary=ordinary,
        questions=MappingProxyType(questions),
        marks=MappingProxyType(folder.marks),
        **mappings,
    )


def _extend(folder: _Folder, head: Fields) -> None:
    """Let shared files that are missing come from the folder that `extends` names."""

    def find(value: Value) -> None:
        name = value.text()
        for candidate in (folder.path / name, SHIPPED / name):
            if name and candidate.is_dir():
                folder.base = candidate
                return
        value.error(f"there is no folder {name!r} to extend")

    head.may("extends", find, None)
