"""Rasa's own file importer, but for reading each state of the NLU files once.

`rasa train` asks an importer for the NLU data again and again. Reading a corpus of thousands of
labelled texts takes Rasa's YAML reader half a minute each time, which is most of a training.
"""

from __future__ import annotations

import copy
from functools import lru_cache
from pathlib import Path

from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.importers.utils import training_data_from_paths
from rasa.shared.nlu.training_data.training_data import TrainingData


class OnceImporter(RasaFileImporter):
    """Reads the same standard files as RasaFileImporter, in the same way."""

    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        """The NLU data; a copy, because featurizers write into the messages."""
        state = tuple((path, Path(path).stat().st_mtime_ns) for path in sorted(self._nlu_files))
        return copy.deepcopy(_read(state))


@lru_cache(maxsize=1)
def _read(state: tuple[tuple[str, int], ...]) -> TrainingData:
    # Rasa's own formats do not look at the language.
    return training_data_from_paths([path for path, _ in state], language="nl")
