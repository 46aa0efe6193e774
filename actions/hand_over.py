"""The plan becomes a case: with an owner, a number and a date, before the chatbot says so."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.base import Events, LoketAction, day_in_words, language_of, word
from actions.parts import in_words
from actions.reset_intake import emptied
from routing.cases.conversations import find_conversation
from routing.cases.database import unit_of_work
from routing.cases.models import PARTNER, Case
from routing.handoff.handover import HandoffRequest, hand_over


class ActionHandOver(LoketAction):
    """Hands the plan over; asked twice for the same plan it finds the case that it made."""

    def name(self) -> str:
        return "action_hand_over"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        office = self.office
        with unit_of_work(office.engine) as session:
            request = self._request(tracker, session)
            handoff = hand_over(session, office.catalogue, request, now=office.clock(), secret=office.secret)
            shown = self._card(handoff.case, handoff.code, language_of(tracker))
            day = handoff.case.promised_for
        self._say(dispatcher, shown, day, language_of(tracker))
        return [*emptied(), SlotSet("handoffs", (tracker.get_slot("handoffs") or 0) + 1)]

    def _request(self, tracker: Tracker, session: Any) -> HandoffRequest:
        slots, language = tracker.slots, language_of(tracker)
        given = slots.get("contact_address") if slots.get("contact_consent") else None
        email = given if given and "@" in given else None
        place = slots.get("neighbourhood")
        return HandoffRequest(
            handoff_key=f"{tracker.sender_id}:{int(slots.get('handoffs') or 0)}",
            conversation_id=self.conversation(session, tracker.sender_id),
            language=language,
            plan=slots["plan"],
            advice=slots["advice"],
            neighbourhood=place
            if place in self.office.catalogue.neighbourhoods
            else self._words(slots, "neighbourhood", language),
            parties=self._words(slots, "parties", language),
            help=self._words(slots, "help", language),
            phase=self._words(slots, "phase", language),
            contact_name=(slots.get("contact_name") or None) if given else None,
            contact_email=email,
            contact_phone=given if given and not email else None,
            consent_at=self.office.clock() if given else None,
        )

    @staticmethod
    def conversation(session: Any, sender: str) -> str | None:
        """The conversation, where the chat is ours; `rasa run` has senders that we do not know."""
        return sender if find_conversation(session, sender) else None

    def _words(self, slots: dict[str, Any], part: str, language: str) -> str | None:
        return in_words(self.office, part, slots[part], language) if slots.get(part) else None

    def _card(self, case: Case, code: str | None, language: str) -> dict[str, Any]:
        catalogue = self.office.catalogue
        owner = (
            catalogue.partners[case.owner_id].name
            if case.owner_kind == PARTNER
            else catalogue.team.name.in_(language)
        )
        return {
            "soort": "zaak",
            "kenmerk": case.reference,
            "rol": case.role,
            "rolNaam": catalogue.roles[case.role].name.in_(language),
            "eigenaar": owner,
            "doelen": [goal["goal"] for goal in case.goals],
            "instrumenten": list(case.instruments),
            "antwoordVoor": case.promised_for.isoformat(),
            "code": code,
        }

    def _say(self, dispatcher: CollectingDispatcher, shown: dict[str, Any], day: Any, language: str) -> None:
        catalogue = self.office.catalogue
        dispatcher.utter_message(
            response="utter_case",
            json_message=shown,
            kenmerk=shown["kenmerk"],
            owner=f"{shown['eigenaar']} ({shown['rolNaam']})",
            role_does=catalogue.roles[shown["rol"]].does.in_(language),
            date=day_in_words(day, language),
            code=shown["code"] or word(language, "unknown"),
        )
        offered = [catalogue.instruments[i] for i in shown["instrumenten"]]
        if offered:
            lines = "\n".join(f"{tool.name.in_(language)}: {tool.offers.in_(language)}" for tool in offered)
            dispatcher.utter_message(response="utter_case_instruments", instruments=lines)
