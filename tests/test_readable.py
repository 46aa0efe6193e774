"""The chatbot's words are plain: short sentences, common words, easy to read, one question, no office words.

A proxy for B1 and no certificate. The limits: guides for plain Dutch ask for ten words a sentence on average
and no more than fifteen to twenty in one. How common a word is comes from wordfreq (3 on Zipf's scale is once
in a million words), how easy a text reads from textstat (Flesch, in Dutch as Douma has it: 80 is easy).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from ruamel.yaml import YAML
from textstat.textstat import textstatistics
from wordfreq import zipf_frequency

from bot.training import ROOT

LONGEST_SENTENCE = 20
AVERAGE_SENTENCE = 11.0
COMMON = 3.0
"""On Zipf's scale: words below this are rare."""
EASY, EASY_ON_AVERAGE = 70, 95
"""Flesch, of one text and of all together."""
FEW_WORDS = 12
"""Below this the measure jumps with a single word."""
KNOWN = {
    "burgerservicenummer": "what it is called on every letter of the government",
    "chatbot": "what the law asks to be called by its name",
    "computerprogramma": "says in one word what a chatbot is",
    "lk": "how a number begins",
    "ondernemen": "the name of the team, in English too",
    "publiek": "the name of the team, in English too",
}
"""Rare words that may be used, each with the reason."""
OFFICE = re.compile(
    r"\b(regisseur|betreffende|inzake|derhalve|middels|teneinde|conform|dossier|traject|intake|casus|initiatiefnemer"
    r"|stakeholder|regarding|aforementioned|pursuant|hereby|utilise|commence)\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[^.!?:\n]+")
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")


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
    words = {w.casefold() for _, text in _texts(language) for s in _sentences(text) for w in s}
    # What a word is made of counts, not its "'s".
    rare = {w for w in words if zipf_frequency(re.sub(r"['’]s$", "", w), language) < COMMON}
    assert sorted(rare - KNOWN.keys()) == []


@pytest.mark.parametrize("language", ["nl", "en"])
def test_texts_are_easy(language: str) -> None:
    measure = textstatistics()
    measure.set_lang(language)
    long = [(name, text) for name, text in _texts(language) if len(text.split()) >= FEW_WORDS]
    ease = [(name, measure.flesch_reading_ease(text)) for name, text in long]
    assert [(name, one) for name, one in ease if one < EASY] == []
    assert sum(one for _, one in ease) / len(ease) >= EASY_ON_AVERAGE


@pytest.mark.parametrize("language", ["nl", "en"])
def test_no_office_language_and_one_question(language: str) -> None:
    for name, text in _texts(language):
        assert not OFFICE.search(text), name
        assert text.count("?") <= 2, name
