"""A pause: everything stays, and how to come back is said."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.base import Events, LoketAction, now_listen
from routing.cases.conversations import find_conversation
from routing.cases.database import unit_of_work
from routing.handoff import links


class ActionPause(LoketAction):
    """On this device the conversation is still there; a link opens it once on another one."""

    def name(self) -> str:
        return "action_pause"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        address = self._address(tracker.sender_id)
        if address:
            dispatcher.utter_message(response="utter_pause", link=address)
        else:
            dispatcher.utter_message(response="utter_pause_here")
        # Nothing is asked now: who goes away is not to come back to a second question.
        return now_listen(tracker)

    def _address(self, sender: str) -> str | None:
        """A link to this conversation; None where the chat is not ours, as with `rasa shell`."""
        office = self.office
        with unit_of_work(office.engine) as session:
            if find_conversation(session, sender) is None:
                return None
            link = links.make_link(session, links.CONTINUE, office.clock(), conversation_id=sender)
        token = links.token_of(office.secret, links.CONTINUE, link)
        return f"{office.public_url.rstrip('/')}{links.PATHS[links.CONTINUE]}/{token}"


class ActionGoodbye(LoketAction):
    """Who goes away in the middle of a question takes a pause."""

    def name(self) -> str:
        return "action_goodbye"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        if tracker.active_loop:
            return ActionPause(self._given).run(dispatcher, tracker, domain)
        dispatcher.utter_message(response="utter_goodbye")
        return []
