"""Vectors of training texts, kept beside Rasa's own cache: only texts that are new cost an encoding.

Encoding thousands of texts is most of a training. The file holds hashes and numbers, no texts, and is
made anew when the encoder has learnt something else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from bot.nlu.act_model import encoded
from routing.advice.encoder import Encoder

FOLDER = Path(".rasa") / "vectors"
"""Below the working directory, as Rasa's cache is."""


def remembered(encoder: Encoder, texts: Sequence[str], fingerprint: str, folder: Path = FOLDER) -> np.ndarray:
    """The vectors of texts, in their order; ``fingerprint`` says which encoder made those in ``folder``."""
    path = folder / f"{encoder.name}-{fingerprint[:16]}.npz"
    known = _read(path)
    keys = [hashlib.sha256(text.encode()).hexdigest()[:32] for text in texts]
    new = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    if new:
        known.update(zip(new, encoded(encoder, list(new.values())), strict=True))
        _write(path, {key: known[key] for key in keys})
    return np.stack([known[key] for key in keys])


def _read(path: Path) -> dict[str, np.ndarray]:
    try:
        with np.load(path, allow_pickle=False) as stored:
            return dict(zip(map(str, stored["keys"]), stored["vectors"].astype(np.float32), strict=True))
    except (OSError, ValueError, KeyError, BadZipFile):
        # Absent, or cut off when a training was stopped: it is made anew.
        return {}


def _write(path: Path, known: dict[str, np.ndarray]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    for old in path.parent.glob("*.npz"):
        old.unlink()
    fresh = path.with_suffix(".new")
    with fresh.open("wb") as file:
        np.savez(file, keys=np.array(list(known)), vectors=np.stack(list(known.values())))
    fresh.replace(path)
