"""The plan becomes a case: with an owner, a number and a date, before the chatbot says so."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.base import Events, LoketAction, day_in_words, language_of, word
from actions.parts import in_words
from actions.plan_slots import emptied
from actions.second_plan import offer_parked
from routing.cases.conversations import find_conversation
from routing.cases.database import unit_of_work
from routing.cases.models import PARTNER, Case
from routing.handoff.handover import HandoffRequest, hand_over
from routing.handoff.reach import present_partners


class ActionHandOver(LoketAction):
    """Hands the plan over; asked twice for the same plan it finds the case that it made."""

    def name(self) -> str:
        return "action_hand_over"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        office = self.office
        with unit_of_work(office.engine) as session:
            request = self._request(tracker, session)
            handoff = hand_over(session, office.catalogue, request, now=office.clock(), secret=office.secret)
            case, language = handoff.case, language_of(tracker)
            shown = self._card(case, handoff.code, language)
            day = case.promised_for
            is_there = case.owner_id in present_partners(session, office.catalogue, office.clock())
        wanted = bool(tracker.get_slot("human_wanted"))
        response = "utter_case_human" if wanted and is_there else "utter_case"
        self._say(dispatcher, shown, day, language, response, tools=not wanted)
        if tracker.slots["advice"].get("advised"):
            dispatcher.utter_message(response="utter_ask_learning")
        return [
            *emptied(),
            SlotSet("verified_case", shown["kenmerk"]),
            SlotSet("handoffs", (tracker.get_slot("handoffs") or 0) + 1),
            *offer_parked(tracker.slots, dispatcher),
            FollowupAction("action_listen"),
        ]

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
            help=self._help(slots, language),
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

    def _help(self, slots: dict[str, Any], language: str) -> str | None:
        """The help asked; that somebody wants to talk to a person stands first."""
        person = word(language, "help_person") if slots.get("human_wanted") else None
        return "; ".join(filter(None, (person, self._words(slots, "help", language)))) or None

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

    def _say(
        self,
        dispatcher: CollectingDispatcher,
        shown: dict[str, Any],
        day: Any,
        language: str,
        response: str,
        *,
        tools: bool,
    ) -> None:
        catalogue = self.office.catalogue
        dispatcher.utter_message(
            response=response,
            json_message=shown,
            kenmerk=shown["kenmerk"],
            owner=f"{shown['eigenaar']} ({shown['rolNaam']})",
            role_does=catalogue.roles[shown["rol"]].does.in_(language),
            date=day_in_words(day, language),
            code=shown["code"] or word(language, "unknown"),
        )
        offered = [catalogue.instruments[i] for i in shown["instrumenten"] if tools]
        if offered:
            lines = "\n".join(f"{tool.name.in_(language)}: {tool.offers.in_(language)}" for tool in offered)
            dispatcher.utter_message(response="utter_case_instruments", instruments=lines)
