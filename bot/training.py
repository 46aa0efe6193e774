"""Trains the Rasa model, once for each state of the files that it is made from."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parent.parent
"""Where config.yml, domain.yml and data/ stand: standard Rasa, at the root of the project."""

KEPT = 3
"""Models that are kept, so that going back to an earlier state of the files needs no training."""


def fingerprint(root: Path = ROOT) -> str:
    """A hash of everything that a model is trained from."""
    digest = hashlib.sha256(version("rasa").encode())
    for path in _inputs(root):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0")
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def trained_model(folder: Path, root: Path = ROOT) -> Path:
    """The model for the present files: the one in ``folder``, or a new one trained into it.

    Raises SystemExit through Rasa when the files contain mistakes; Rasa prints which.
    """
    model = folder / f"loket-{fingerprint(root)}.tar.gz"
    if model.exists():
        return model
    folder.mkdir(parents=True, exist_ok=True)
    _train(model, root)
    _forget_old(folder)
    return model


def _inputs(root: Path) -> Iterator[Path]:
    yield root / "config.yml"
    yield root / "domain.yml"
    yield from sorted((root / "data").rglob("*.yml"))
    yield from sorted((root / "bot" / "nlu").glob("*.py"))
    advice = root / "routing" / "advice"
    yield from (advice / name for name in ("text.py", "grams.py", "heads/heads.npz"))


def _train(model: Path, root: Path) -> None:
    os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
    from rasa.model_training import train

    # Rasa keeps the parts that did not change in a cache below the working directory.
    with tempfile.TemporaryDirectory(dir=model.parent) as output:
        result = train(
            domain=str(root / "domain.yml"),
            config=str(root / "config.yml"),
            training_files=[str(root / "data" / "nlu"), str(root / "data" / "stories")],
            output=output,
            fixed_model_name="model",
        )
        if result.model is None:
            raise SystemExit("The assistant could not be trained; the messages above say why.")
        # A rename: a process that is stopped here leaves no half model.
        shutil.move(result.model, f"{model}.new")
        Path(f"{model}.new").replace(model)


def _forget_old(folder: Path) -> None:
    models = sorted(folder.glob("loket-*.tar.gz"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in models[KEPT:]:
        path.unlink()
