"""The questions of the forms: the second time in other words, from the third time on with a way out."""

from __future__ import annotations

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


class AskAction(LoketAction):
    """Asks for one slot. A subclass names the slot; the words stand in domain.yml."""

    slot: ClassVar[str] = ""
    may_skip: ClassVar[bool] = False

    def name(self) -> str:
        return f"action_ask_{self.slot}"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        times = self.times(tracker)
        buttons = self.ways_out(tracker) if times >= PATIENCE else []
        self.ask(dispatcher, tracker, again=times % 2 == 0, buttons=buttons)
        return [SlotSet("asking", {"slot": self.slot, "times": times})]

    def ask(
        self,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        *,
        again: bool,
        buttons: list[dict[str, str]],
    ) -> None:
        """Puts the question into words; ``again`` means: in other words."""
        response = f"utter_ask_{self.slot}_again" if again else f"utter_ask_{self.slot}"
        dispatcher.utter_message(response=response, buttons=buttons)

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

    def ask(
        self,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        *,
        again: bool,
        buttons: list[dict[str, str]],
    ) -> None:
        if tracker.get_slot("plan"):
            dispatcher.utter_message(response="utter_ask_human_pass", buttons=buttons)
        else:
            super().ask(dispatcher, tracker, again=again, buttons=buttons)


class AskHelp(AskAction):
    """What can we help with? Where two roles are likely: the question that tells them apart."""

    slot = "help"

    def ask(
        self,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        *,
        again: bool,
        buttons: list[dict[str, str]],
    ) -> None:
        doubt, language = tracker.get_slot("doubt") or [], language_of(tracker)
        question = self.office.catalogue.question_between(*doubt) if doubt else None
        if question is None or again:
            super().ask(dispatcher, tracker, again=again, buttons=buttons)
            return
        offered = [_button(role, language) for role in doubt]
        dispatcher.utter_message(
            response="utter_ask_help_between",
            question=_lowered(question.in_(language)),
            buttons=[*offered, {"title": word(language, "buttons", "skip"), "payload": "/skip"}, *buttons],
        )


class AskPlan(AskAction):
    """What do you want to do?"""

    slot = "plan"

    def times(self, tracker: Tracker) -> int:
        """Who told something already is asked for more, not asked the same."""
        times = super().times(tracker)
        told = said(tracker)
        return 2 if times == 1 and told.intent in ("plan", "unclear") and told.words else times

    def ask(
        self,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        *,
        again: bool,
        buttons: list[dict[str, str]],
    ) -> None:
        stuck = bool(buttons) and not again
        response = "utter_ask_plan_stuck" if stuck else f"utter_ask_plan{'_again' if again else ''}"
        dispatcher.utter_message(response=response, buttons=buttons)

    def ways_out(self, tracker: Tracker) -> list[dict[str, str]]:
        return choices(tracker, language_of(tracker), plan=False)


def _lowered(question: str) -> str:
    """The question as it goes on after a colon; "I" stays as it is."""
    return question if question.startswith("I ") else question[0].lower() + question[1:]


def _button(role: str, language: str) -> dict[str, Any]:
    help_ = HELP_OF_ROLE[role][0]
    title = word(language, "help", help_)
    return {"title": title[0].upper() + title[1:], "payload": f'/inform{{"part": "help_{help_}"}}'}
