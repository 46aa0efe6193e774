"""The chatbot's words are plain: short sentences, few long words, one question, no office language.

A proxy for B1 and no certificate. The limits: guides for plain Dutch ask for ten words a sentence on average
and no more than fifteen to twenty in one; long words are what makes Dutch hard to read first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from ruamel.yaml import YAML

from bot.training import ROOT

LONGEST_SENTENCE = 20
AVERAGE_SENTENCE = 11.0
LONG_WORD = 15
"""Letters from which on a word is long."""
SYLLABLES = 1.75
"""Syllables a word, at most, on average."""
KNOWN = {
    "burgerservicenummer": "what it is called on every letter of the government",
    "computerprogramma": "says in one word what a chatbot is",
    "contactgegevens": "what people call it themselves",
    "telefoonnummer": "no shorter word exists",
}
"""Long words that may be used, each with the reason."""
OFFICE = re.compile(
    r"\b(regisseur|betreffende|inzake|derhalve|middels|teneinde|conform|dossier|traject|intake|casus|initiatiefnemer"
    r"|stakeholder|regarding|aforementioned|pursuant|hereby|utilise|commence)\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[^.!?:\n]+")
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_VOWELS = re.compile(r"[aeiouyàáâäèéêëïíîöóôüú]+", re.IGNORECASE)


def _texts(language: str) -> Iterator[tuple[str, str]]:
    responses = YAML(typ="safe").load(ROOT / "domain.yml")["responses"]
    for name, variations in responses.items():
        if name.startswith(("utter_foreign_", "utter_danger_")):
            continue
        for variation in variations:
            english = "condition" in variation or name.endswith(("_en", "_en_go"))
            if english == (language == "en"):
                yield name, re.sub(r"\{\w+\}", "X", variation["text"])
                for button in variation.get("buttons") or ():
                    yield name, button["title"]


def _sentences(text: str) -> list[list[str]]:
    return [words for part in _SENTENCE.findall(text) if (words := _WORD.findall(part))]


@pytest.mark.parametrize("language", ["nl", "en"])
def test_sentences_are_short(language: str) -> None:
    found = [(name, s) for name, text in _texts(language) for s in _sentences(text)]
    assert [(n, " ".join(s)) for n, s in found if len(s) > LONGEST_SENTENCE] == []
    assert sum(len(s) for _, s in found) / len(found) <= AVERAGE_SENTENCE


@pytest.mark.parametrize("language", ["nl", "en"])
def test_words_are_common(language: str) -> None:
    words = [w for _, text in _texts(language) for s in _sentences(text) for w in s]
    assert sorted({w for w in words if len(w) >= LONG_WORD and w.casefold() not in KNOWN}) == []
    assert sum(len(_VOWELS.findall(w)) for w in words) / len(words) <= SYLLABLES


@pytest.mark.parametrize("language", ["nl", "en"])
def test_no_office_language_and_one_question(language: str) -> None:
    for name, text in _texts(language):
        assert not OFFICE.search(text), name
        assert text.count("?") <= 2, name
