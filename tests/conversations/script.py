"""Whole conversations as data: holds them with the running product, and counts what went wrong.

One file of `themes/` is one theme. A conversation is a list of turns; a turn is

    say: words that are typed, or  press: words in the title of a button
    expect: what must stand in the answers, all of it; a list inside is "one of these"
    never: what must not stand in them
    asks: the slot whose question is open afterwards ("" for none)
    again: true where the question that was open must be open again
    answers: instead of `say`: what to answer to each part that is asked, until the summary comes
    until: with `answers`, the slot before whose answer to stop
    tells: parts of the plan that are told in this turn, which may not be asked from then on
    anew: true where a part may be asked again (a correction, a second plan, a new start)

and at the end, under `outcome`: `case`, `summary` (fields of the card), `service`, `emergency`, `no_case`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from bot.training import ROOT
from tests.talk import Resident

THEMES = Path(__file__).parent / "themes"
WORDS = 60
ASKED_AGAIN, SAME_TWICE, NO_WAY_ON = "asked though answered", "same answer twice in a row", "no way forward"
COUNTS: Counter[str] = Counter({ASKED_AGAIN: 0, SAME_TWICE: 0, NO_WAY_ON: 0})
"""Over all conversations of this run."""

PARTS = ("neighbourhood", "parties", "help", "phase")
AN_END = (
    "utter_case", "utter_case_human", "utter_case_instruments", "utter_thank", "utter_goodbye", "utter_rated",
    "utter_added", "utter_added_reopened", "utter_erased", "utter_erased_kept", "utter_urgent_after",
    "utter_dropped", "utter_not_erased", "utter_learning_on", "utter_learning_off",
)  # fmt: skip
"""After these nothing more needs to be said."""
SAME_AS = {
    "utter_summary": "summary_ok",
    "utter_summary_plain": "summary_ok",
    "utter_summary_again": "summary_ok",
    "utter_ask_human_pass": "human_topic",
    "utter_ask_which_part": "correction",
    "utter_ask_which_part_again": "correction",
}
SKIP = {"nl": "overslaan", "en": "skip"}
MOST = 8
"""Questions about one plan, repeats included."""
_WAY_ON = re.compile(r"\?|14015|\b(typ|vertel|kies|tell|type|choose|say)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Talk:
    """One conversation of a theme."""

    theme: str
    name: str
    language: str | None
    turns: list[Mapping[str, Any]]
    outcome: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.theme}-{self.name}".replace(" ", "-")


def read_talks() -> list[Talk]:
    """All conversations of all themes."""
    return [
        Talk(path.stem, one["name"], one.get("language"), one["turns"], one.get("outcome") or {})
        for path in sorted(THEMES.glob("*.yml"))
        for one in YAML(typ="safe").load(path)
    ]


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Every response of the domain as a pattern, by name; the longest first."""
    responses = YAML(typ="safe").load(ROOT / "domain.yml")["responses"]
    texts = [(name, v["text"]) for name, variations in responses.items() for v in variations]
    texts.sort(key=lambda pair: -len(re.sub(r"\{\w+\}", "", pair[1])))
    return [
        (name, re.compile(re.sub(r"\\{\w+\\}", ".*", re.escape(text)), re.DOTALL)) for name, text in texts
    ]


@cache
def said_as(text: str) -> str:
    """The name of the response behind a text; empty where it is none of ours."""
    return next((name for name, pattern in _patterns() if pattern.fullmatch(text)), "")


def asked_for(message: Mapping[str, Any]) -> str:
    """The slot that a message asks for; empty where it asks for none."""
    name = said_as(message["tekst"])
    if name in SAME_AS:
        return SAME_AS[name]
    for prefix in ("utter_correct_", "utter_ask_"):
        if name.startswith(prefix):
            return re.sub(r"_(?:again|between|stuck)$", "", name.removeprefix(prefix))
    return ""


@dataclass
class Check:
    """Follows one conversation and notes what is wrong with it."""

    talk: Talk
    told: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    last: str = ""
    open: str = ""
    wrong: list[str] = field(default_factory=list)

    def count(self, what: str, where: str) -> None:
        COUNTS[what] += 1
        self.wrong.append(f"{what}: {where}")

    def turn(self, turn: Mapping[str, Any], messages: list[Mapping[str, Any]]) -> None:
        text = "\n".join(m["tekst"] for m in messages)
        typed = str(turn.get("say") or turn.get("press"))
        if turn.get("anew"):
            self.told.clear()
            self.asked.clear()
        self.told |= set(turn.get("tells") or ())
        self._expectations(turn, text, typed, messages)
        for message in messages:
            self._message(message, typed)
        if messages and text == self.last:
            self.count(SAME_TWICE, f"{typed!r} → {text[:80]!r}")
        self.last = text
        if not self._leads_on(messages):
            self.count(NO_WAY_ON, f"{typed!r} → {text[:80]!r}")

    def _expectations(
        self, turn: Mapping[str, Any], text: str, typed: str, messages: list[Mapping[str, Any]]
    ) -> None:
        folded = text.casefold()
        for wanted in turn.get("expect") or ():
            options = wanted if isinstance(wanted, list) else [wanted]
            if not any(str(option).casefold() in folded for option in options):
                self.wrong.append(f"{typed!r}: {wanted!r} is missing in {text!r}")
        for unwanted in turn.get("never") or ():
            if str(unwanted).casefold() in folded:
                self.wrong.append(f"{typed!r}: {unwanted!r} stands in {text!r}")
        if "asks" in turn:
            open_question = asked_for(messages[-1]) if messages else ""
            if open_question != turn["asks"]:
                self.wrong.append(f"{typed!r}: asks {open_question!r}, not {turn['asks']!r}: {text!r}")
        if turn.get("again") and (not messages or asked_for(messages[-1]) != self.open):
            self.wrong.append(f"{typed!r}: {self.open!r} is not asked again: {text!r}")
        self.open = asked_for(messages[-1]) if messages else self.open

    def _message(self, message: Mapping[str, Any], typed: str) -> None:
        text, slot = message["tekst"], asked_for(message)
        if len(text.split()) > WORDS:
            self.wrong.append(f"{typed!r}: {len(text.split())} words: {text!r}")
        if text.count("?") > 1 and not said_as(text).startswith("utter_foreign"):
            self.wrong.append(f"{typed!r}: more than one question in {text!r}")
        if "regisseur" in text.casefold() or re.search(r"\{\w+\}", text):
            self.wrong.append(f"{typed!r}: not for people: {text!r}")
        if slot not in PARTS or said_as(text).startswith("utter_correct"):
            return
        # Asked before, and something else since: then it had its answer.
        twice = slot in self.asked and self.asked[-1] != slot
        if slot in self.told or twice:
            self.count(ASKED_AGAIN, f"{typed!r} → {text!r}")
        self.asked.append(slot)

    @staticmethod
    def _leads_on(messages: list[Mapping[str, Any]]) -> bool:
        return not messages or any(
            m["knoppen"]
            or _WAY_ON.search(m["tekst"])
            or said_as(m["tekst"]) in AN_END
            or m["van"] != "chatbot"
            for m in messages
        )


def hold(talk: Talk, url: str) -> list[str]:
    """Has the conversation with the product; what was wrong."""
    resident, check = Resident(url, talk.language), Check(talk)
    for turn in talk.turns:
        if "answers" in turn:
            _answer(talk, resident, check, turn)
        elif "press" in turn:
            check.turn(turn, resident.press(turn["press"]))
        else:
            check.turn(turn, resident.say(turn["say"]))
    return [*check.wrong, *_outcome(talk, resident)]


def _answer(talk: Talk, resident: Resident, check: Check, turn: Mapping[str, Any]) -> None:
    """Answers what is asked, in the order in which it is asked."""
    for _ in range(MOST):
        slot = asked_for(resident.last[-1])
        if slot in (turn.get("until"), "summary_ok"):
            break
        reply = turn["answers"].get(slot, SKIP[talk.language or "nl"])
        check.turn({"say": reply}, resident.say(reply))
    reached = asked_for(resident.last[-1])
    if reached != turn.get("until", "summary_ok"):
        check.wrong.append(f"the questions ended at {reached!r}: {resident.text!r}")


def _outcome(talk: Talk, resident: Resident) -> Iterator[str]:
    wanted = talk.outcome
    if wanted.get("no_case") and resident.card("zaak"):
        yield "a case was made"
    for kind, card in (("case", "zaak"), ("summary", "samenvatting")):
        if kind in wanted:
            yield from _differs(kind, wanted[kind] or {}, resident.card(card))
    service, emergency = resident.card("dienst") or {}, resident.card("nood") or {}
    if "service" in wanted and service.get("id") != wanted["service"]:
        yield f"service {service.get('id')}, not {wanted['service']}"
    if "emergency" in wanted and emergency.get("telefoon") != wanted["emergency"]:
        yield f"emergency {emergency.get('telefoon')}, not {wanted['emergency']}"


def _differs(kind: str, wanted: Mapping[str, Any], card: Mapping[str, Any] | None) -> Iterator[str]:
    if card is None:
        yield f"no {kind}"
        return
    for name, value in wanted.items():
        found = card.get(name)
        found = found["id"] if name == "rol" and isinstance(found, dict) else found
        if name == "doelen":
            numbers = [g["nummer"] if isinstance(g, dict) else g for g in found or ()]
            if not set(value) & set(numbers):
                yield f"{kind}: goals {numbers}, none of {value}"
        elif found not in (value if isinstance(value, list) else [value]):
            yield f"{kind}: {name} is {found!r}, not {value!r}"
