"""No training text stands in an evaluation file.

The evaluation files live outside the project; LOKET_EVALUATION_TEXTS names their folder where they are. The
check itself is tested on files of its own, so it holds on every machine.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from pathlib import Path

from bot.training import ROOT
from routing.advice.corpus import Example, read_corpus

SHARED_WORDS = 10
"""So many words in a row, the same in two texts, are no chance."""


def training_texts() -> tuple[Example, ...]:
    """All labelled texts, also those that heads may learn from some day."""
    return read_corpus(*(ROOT / "data" / name for name in ("nlu", "advice", "unlearnt", "measured")))


def _runs(text: str) -> set[str]:
    words = re.findall(r"\w+", text.casefold())
    if len(words) < SHARED_WORDS:
        return {" ".join(words)} if words else set()
    return {" ".join(words[i : i + SHARED_WORDS]) for i in range(len(words) - SHARED_WORDS + 1)}


def leaks(training: Iterable[str], folder: Path) -> list[str]:
    """Evaluation texts that share a run of words with a training text."""
    known = set().union(*(_runs(text) for text in training))
    found = []
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            text = json.loads(line).get("text", "") if line.strip() else ""
            if len(text.split()) >= 3 and _runs(text) & known:
                found.append(f"{path.name}: {text[:60]}")
    return found


def test_a_copied_text_is_noticed(tmp_path: Path) -> None:
    copied = next(e.text for e in training_texts() if len(e.text.split()) > SHARED_WORDS)
    lines = [
        {"text": f"Beste gemeente, {copied.upper()}"},
        {"text": "iets dat nergens in de teksten van ons staat"},
    ]
    (tmp_path / "evaluation.jsonl").write_text("\n".join(map(json.dumps, lines)))
    found = leaks((e.text for e in training_texts()), tmp_path)
    assert len(found) == 1


def test_no_training_text_stands_in_an_evaluation_file() -> None:
    folder = Path(os.environ.get("LOKET_EVALUATION_TEXTS") or ROOT / "no-evaluation-files-here")
    assert leaks((e.text for e in training_texts()), folder) == []
