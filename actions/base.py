"""What every custom action shares: the backoffice, the resident's language, the words for ids."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, FollowupAction
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict
from ruamel.yaml import YAML

from routing.backoffice import Backoffice, backoffice_from_environment
from routing.catalogue.phrases import Phrase, SplitText

Events = list[dict[str, Any]]
PLACE = "{municipality}"
"""Stands in words.yml for the name of the municipality."""


class LoketAction(Action, ABC):
    """A custom action. `rasa run actions` makes it without a backoffice; then the environment tells."""

    def __init__(self, backoffice: Backoffice | None = None) -> None:
        self._given = backoffice

    @property
    def office(self) -> Backoffice:
        """Catalogue, advice and store."""
        return self._given or backoffice_from_environment()

    @abstractmethod
    def name(self) -> str:
        """The action's name in domain.yml."""

    @abstractmethod
    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Do it; the events that Rasa is to remember."""


@dataclass(frozen=True)
class Said:
    """The resident's latest message as Rasa understood it."""

    text: str
    intent: str
    confidence: float
    entities: Mapping[str, str]

    @property
    def is_choice(self) -> bool:
        """Whether a button was chosen instead of words typed."""
        return self.text.startswith("/")

    @property
    def words(self) -> int:
        """How many words were typed."""
        return 0 if self.is_choice else len(self.text.split())


def said(tracker: Tracker) -> Said:
    """What the resident said last."""
    message = tracker.latest_message or {}
    intent = message.get("intent") or {}
    return Said(
        text=(message.get("text") or "").strip(),
        intent=intent.get("name") or "",
        confidence=float(intent.get("confidence") or 0.0),
        entities={e["entity"]: str(e["value"]) for e in message.get("entities") or ()},
    )


def language_of(tracker: Tracker) -> str:
    """The language of the conversation: "nl" or "en"."""
    return tracker.get_slot("language") or "nl"


def last_said(tracker: Tracker) -> str:
    """The name of the response that the chatbot said last; empty where it had none."""
    said_before = (event for event in reversed(tracker.events) if event["event"] == "bot")
    return next((str((e.get("metadata") or {}).get("utter_action") or "") for e in said_before), "")


def now_listen(tracker: Tracker) -> Events:
    """Events after which nothing is asked; the next message goes to the open question, if there is one."""
    loop = (tracker.active_loop or {}).get("name")
    # Named anew, the form forgets that it was passed over for another answer.
    return [*([ActiveLoop(loop)] if loop else []), FollowupAction("action_listen")]


@cache
def _words() -> Mapping[str, Any]:
    return YAML(typ="safe").load(Path(__file__).with_name("words.yml"))


def word(language: str, *path: str) -> str:
    """The word for an id, such as ``word("nl", "phase", "idea")``; an unknown id is its own word."""
    found: Any = _words()
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
        if found is None:
            return path[-1]
    return found[language]


def ids_of(kind: str) -> tuple[str, ...]:
    """The ids that have words: "phase", "help", "parties" or "state"."""
    return tuple(_words()[kind])


@cache
def _cues(group: str, places: tuple[str, ...]) -> tuple[tuple[str, tuple[Phrase, ...]], ...]:
    listed = _words()["cues"][group]
    return tuple((name, tuple(_phrases(written, places))) for name, written in listed.items())


def _phrases(written: Iterable[str], places: Iterable[str]) -> Iterator[Phrase]:
    """The phrases; one with a place for the municipality's name, once for each name that it has."""
    for phrase in written:
        names = places if PLACE in phrase else ("",)
        yield from (Phrase.of(phrase.replace(PLACE, name)) for name in names)


def cues(text: str, group: str, places: tuple[str, ...] = ()) -> list[str]:
    """The names in a group of words.yml of which a phrase stands in the text, in the order of the file.

    ``places`` are the names of the municipality, for a group whose phrases have a place for them.
    """
    split = SplitText.of(text)
    return [name for name, phrases in _cues(group, places) if any(split.has(phrase) for phrase in phrases)]


def day_in_words(day: Any, language: str) -> str:
    """A date as people write it."""
    months = _words()["months"][language].split()
    return f"{day.day} {months[day.month - 1]} {day.year}"


def moment_in_words(moment: Any, language: str) -> str:
    """A day of the week and an hour, as people say when something opens."""
    day = _words()["weekdays"][language].split()[moment.weekday()]
    return word(language, "day_and_hour").format(day=day, hour=f"{moment:%H:%M}")
