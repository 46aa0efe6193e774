"""Which service is meant can be learnt by itself, with everything else as it was."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from routing.advice import Advisor
from routing.advice.card import figures_in
from routing.advice.corpus import fingerprint, read_corpus
from routing.advice.ids import main
from routing.advice.model import load_model
from routing.catalogue import Catalogue

HEADS = Path(__file__).parents[2] / "routing/advice/heads"
ASKED = {
    "paspoort": "Mijn {} is verlopen. Wat nu?|{} kwijt|waar haal ik een {}|een nieuw {} voor mijn zoon",
    "parkeren": "mag ik hier staan met mijn {}|bonnetje voor de {} gekregen|mijn {} mag niet in de straat",
    "afval": "de {} zit tot boven toe vol|wanneer wordt de {} geleegd|waar laat ik mijn oude {}",
}
THINGS = {"paspoort": ("reispapier", "pasje"), "parkeren": ("auto", "busje"), "afval": ("bak", "emmer")}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A few questions with their services, as a table."""
    rows = [
        (service, way.format(thing))
        for service, ways in ASKED.items()
        for way in ways.split("|")
        for thing in THINGS[service]
    ]
    folder = tmp_path / "texts"
    folder.mkdir()
    table = "\n".join(["kind\tservice\ttext", *(f"service\t{service}\t{text}" for service, text in rows)])
    (folder / "asked.tsv").write_text(table + "\n", encoding="utf-8")
    return folder


def test_only_the_services_are_learnt_anew(
    folder: Path, tmp_path: Path, catalogue: Catalogue, capsys: pytest.CaptureFixture
) -> None:
    used = tmp_path / "heads"
    shutil.copytree(HEADS, used)
    before = load_model(used)
    assert main(["--corpus", str(folder), "--out", str(used), "--force"]) == 0
    assert "service: right on held-out texts before" in capsys.readouterr().out
    after = load_model(used)
    assert after.heads["service"].dense.labels == ("afval", "parkeren", "paspoort")
    for name in set(before.heads) - {"service"}:
        assert np.array_equal(before.heads[name].dense.weights, after.heads[name].dense.weights)
    assert after.card["fingerprint"] == fingerprint(read_corpus(folder))
    assert figures_in(used) == figures_in(HEADS)
    advice = Advisor.load(catalogue, heads=used).advise("waar haal ik een nieuw reispapier")
    assert (advice.kind, advice.service) == ("service", "paspoort")
