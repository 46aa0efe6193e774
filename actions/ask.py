"""The questions of the forms: the second time in other words, from the third time on with a way out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.base import Events, LoketAction, language_of, said, word
from actions.not_understood import choices
from actions.parts import HELP_OF_ROLE

PATIENCE = 3
"""The time from which on a question offers a person."""


@dataclass(frozen=True)
class Question:
    """A response of domain.yml, with buttons of its own and what is filled into it."""

    response: str
    buttons: Sequence[dict[str, str]] = ()
    values: Mapping[str, str] = field(default_factory=dict)


class AskAction(LoketAction):
    """Asks for one slot. A subclass names the slot; the words stand in domain.yml."""

    slot: ClassVar[str] = ""

    def name(self) -> str:
        return f"action_ask_{self.slot}"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        times = self.times(tracker)
        stuck = times >= PATIENCE
        question = self.question(tracker, again=times % 2 == 0, stuck=stuck)
        buttons = [*question.buttons, *(self.ways_out(tracker) if stuck else ())]
        dispatcher.utter_message(response=question.response, buttons=buttons, **question.values)
        return [SlotSet("asking", {"slot": self.slot, "times": times})]

    def question(self, tracker: Tracker, *, again: bool, stuck: bool) -> Question:
        """The question; ``again``: in other words, ``stuck``: with a way out beside it."""
        return Question(f"utter_ask_{self.slot}{'_again' if again else ''}")

    def times(self, tracker: Tracker) -> int:
        """How many times in a row the question is asked, this time included."""
        before = tracker.get_slot("asking") or {}
        return before["times"] + 1 if before.get("slot") == self.slot else 1

    def ways_out(self, tracker: Tracker) -> list[dict[str, str]]:
        """The buttons for who does not get on with this question."""
        return [{"title": word(language_of(tracker), "buttons", "human"), "payload": "/ask_human"}]


class AskNeighbourhood(AskAction):
    """Where is it?"""

    slot = "neighbourhood"


class AskParties(AskAction):
    """Who takes part?"""

    slot = "parties"


class AskPhase(AskAction):
    """How far is it?"""

    slot = "phase"


class AskSecondPlan(AskAction):
    """Is this another plan?"""

    slot = "second_plan_ok"


class AskContactConsent(AskAction):
    """May we note how to reach you?"""

    slot = "contact_consent"


class AskContactName(AskAction):
    """What is your name?"""

    slot = "contact_name"


class AskContactAddress(AskAction):
    """Where can we reach you?"""

    slot = "contact_address"


class AskCaseReference(AskAction):
    """Which number has the plan?"""

    slot = "case_reference"


class AskCaseCode(AskAction):
    """Which code belongs to it?"""

    slot = "case_code"


class AskCaseAddition(AskAction):
    """What is to be added?"""

    slot = "case_addition"


class AskErase(AskAction):
    """Shall everything be erased?"""

    slot = "erase_ok"


class AskHumanTopic(AskAction):
    """What is it about? Or: shall what was told be passed on?"""

    slot = "human_topic"

    def question(self, tracker: Tracker, *, again: bool, stuck: bool) -> Question:
        if tracker.get_slot("plan"):
            return Question("utter_ask_human_pass")
        return super().question(tracker, again=again, stuck=stuck)


class AskHelp(AskAction):
    """What can we help with? Where two roles are likely: the question that tells them apart."""

    slot = "help"

    def question(self, tracker: Tracker, *, again: bool, stuck: bool) -> Question:
        doubt, language = tracker.get_slot("doubt") or [], language_of(tracker)
        between = self.office.catalogue.question_between(*doubt) if doubt else None
        if between is None or again:
            return super().question(tracker, again=again, stuck=stuck)
        skip = {"title": word(language, "buttons", "skip"), "payload": "/skip"}
        offered = [*(_button(role, language) for role in doubt), skip]
        return Question("utter_ask_help_between", offered, {"question": _lowered(between.in_(language))})


class AskPlan(AskAction):
    """What do you want to do?"""

    slot = "plan"

    def times(self, tracker: Tracker) -> int:
        """Who told something already is asked for more, not asked the same."""
        times = super().times(tracker)
        told = said(tracker)
        return 2 if times == 1 and told.intent in ("plan", "unclear") and told.words else times

    def question(self, tracker: Tracker, *, again: bool, stuck: bool) -> Question:
        if stuck and not again:
            return Question("utter_ask_plan_stuck")
        return super().question(tracker, again=again, stuck=stuck)

    def ways_out(self, tracker: Tracker) -> list[dict[str, str]]:
        return choices(tracker, language_of(tracker), plan=False)


def _lowered(question: str) -> str:
    """The question as it goes on after a colon; "I" stays as it is."""
    return question if question.startswith("I ") else question[0].lower() + question[1:]


def _button(role: str, language: str) -> dict[str, Any]:
    help_ = HELP_OF_ROLE[role][0]
    title = word(language, "help", help_)
    return {"title": title[0].upper() + title[1:], "payload": f'/inform{{"part": "help_{help_}"}}'}
