"""My data: what the chat holds of somebody, shown or erased by the conversation itself."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.base import Events, LoketAction, cues, day_in_words, language_of, said, word
from actions.go_on import go_on
from routing.cases.database import reading
from routing.handoff.own_data import held_of


class ActionData(LoketAction):
    """Show or erase? Where the words do not say which, it is asked."""

    def name(self) -> str:
        return "action_data"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        wishes = cues(said(tracker).text, "data")
        if wishes == ["show"]:
            return ActionShowData(self._given).run(dispatcher, tracker, domain)
        if wishes == ["erase"]:
            return start_erasing()
        dispatcher.utter_message(response="utter_data_choice")
        return [ActiveLoop(None), SlotSet("requested_slot", None)]


class ActionShowData(LoketAction):
    """Says what is kept, and where all of it can be downloaded."""

    def name(self) -> str:
        return "action_show_data"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        language = language_of(tracker)
        with reading(self.office.engine) as session:
            held = held_of(session, tracker.sender_id, tracker.get_slot("verified_case"))
        contact = [held.contact.get(name) for name in ("name", "email", "phone")]
        dispatcher.utter_message(
            response="utter_data_shown",
            json_message={"soort": "gegevens", **held.as_json()},
            messages=str(held.messages),
            since=day_in_words(self.office.catalogue.calendar.local(held.since), language),
            contact=", ".join(filter(None, contact)) or word(language, "nothing"),
            cases=", ".join(held.cases) or word(language, "none"),
        )
        back = go_on(tracker.slots, dispatcher)
        return [ActiveLoop(None), SlotSet("requested_slot", None), *back]


class ActionAskToErase(LoketAction):
    """Erasing was chosen: what that means, and whether it is sure."""

    def name(self) -> str:
        return "action_ask_to_erase"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        return start_erasing()


def start_erasing() -> Events:
    """Events that ask whether it is sure."""
    begun = [SlotSet("erase_ok", None), SlotSet("asking", None), SlotSet("requested_slot", None)]
    return [ActiveLoop(None), *begun, FollowupAction("erase_form")]
