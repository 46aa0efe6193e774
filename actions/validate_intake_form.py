"""The intake: listen first, then ask only what was not said yet, and first what helps most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from rasa_sdk.executor import CollectingDispatcher

from actions.base import Said, cues, ids_of, word
from actions.forms import LoketForm, is_noise
from actions.parts import (
    HELP_OF_ROLE,
    doubt_of,
    heard_in,
    is_plan,
    is_whole_city,
    new_plan,
    parties_in,
    thank_for_plan,
    wanted_place,
)
from actions.plan_slots import OF_ONE_PLAN, PARTS, kept

BEGINNINGS = ("plan", "nlu_fallback")
CHOICES = ("whole_city", "just_me")
SURE = 0.5
SHORT = 4
"""Words of an answer that is a yes, a no or a name and nothing more."""
ITSELF = ("het ", "alles ", "ons plan ", "it ", "it's ", "everything ", "our plan ")
"""Said of the plan and not of a person: "het ligt stil" is a phase, "hij ligt stil" is not."""
OTHER_PLAN_WORDS = 9
OTHER_PLAN_SURE = 0.8
OTHER_PLAN_LIKENESS = 0.05
"""Below this two texts are hardly about one subject."""


class ValidateIntakeForm(LoketForm):
    """Hears the plan and what is said beside it."""

    # The name of a party, the help or the phase may sound like a remark of another kind.
    patience: ClassVar[Mapping[str, Mapping[str, float]]] = {
        "plan": {
            "ask_status": 0.85,
            "service": 0.85,
            "add_info": 0.9,
            "second_plan": 0.95,
            "start_over": 0.9,
        },
        "neighbourhood": {"service": 0.95, "greet": 0.9, "ask_hours": 0.8},
        "parties": {"service": 0.95, "greet": 0.9, "ask_human": 0.8, "add_info": 0.9, "chitchat": 0.95},
        "help": {
            "chitchat": 1.1,
            "service": 0.97,
            "ask_human": 0.9,
            "ask_hours": 0.9,
            "add_info": 0.9,
            "ask_bot": 0.9,
        },
        "phase": {
            "chitchat": 1.1,
            "service": 0.8,
            "ask_status": 0.9,
            "tell_solved": 0.95,
            "tell_not_solved": 0.95,
            "pause": 0.85,
            "stop": 0.85,
            "resume": 0.95,
            "start_over": 0.85,
        },
    }

    def name(self) -> str:
        return "validate_intake_form"

    def needed(self, slots: Mapping[str, Any]) -> Sequence[str]:
        second = ("second_plan_ok",) if slots.get("maybe_plan") else ()
        # Where the role is in doubt the help is asked first: that answer decides most.
        rest = ("help", "neighbourhood", "parties", "phase") if slots.get("doubt") else PARTS[1:]
        return ("plan", *second, *rest)

    def answers(self, message: Said, asked: str) -> bool:
        """Our own words for a phase, such as "het loopt vast", are no cry for help; a name is no remark."""
        typed = message.text.casefold().strip(" .!")
        if asked == "neighbourhood" and 0 < message.words <= SHORT and message.intent != "urgent":
            return wanted_place(self.office.catalogue, message.text) is not None
        if asked == "phase" and message.words <= SHORT and typed.startswith(ITSELF) and cues(typed, "phase"):
            return True
        return asked == "phase" and any(
            typed == word(language, "phase", phase) for phase in ids_of("phase") for language in ("nl", "en")
        )

    def heard(
        self, message: Said, asked: str | None, slots: Mapping[str, Any], say: CollectingDispatcher
    ) -> dict[str, Any]:
        filled = self._filled(message, asked, slots, say)
        if not filled or "doubt" in filled:
            return filled
        known = {**slots, **filled}
        return {**filled, "doubt": doubt_of(self.office, known, slots.get("language") or "nl")}

    def _filled(
        self, message: Said, asked: str | None, slots: Mapping[str, Any], say: CollectingDispatcher
    ) -> dict[str, Any]:
        language = slots.get("language") or "nl"
        if asked is None:
            return self._plan(message, language, say) if message.intent in BEGINNINGS else {}
        if asked == "plan":
            return self._plan(message, language, say, asked=True)
        if asked == "second_plan_ok":
            return self._second(message, slots, say)
        if message.intent == "skip" and (message.is_choice or message.confidence >= SURE):
            return {asked: ""}
        if message.is_choice:
            return self._chosen(message, asked, slots)
        if is_noise(message) and not heard_in(self.office, message.text):
            return {}
        return self._answer(message, asked, slots, say)

    def _plan(
        self, message: Said, language: str, say: CollectingDispatcher, asked: bool = False
    ) -> dict[str, Any]:
        if message.is_choice or not is_plan(self.office, message.text, asked):
            return {}
        thank_for_plan(self.office, message.text, language, say)
        return new_plan(self.office, message.text)

    def _second(self, message: Said, slots: Mapping[str, Any], say: CollectingDispatcher) -> dict[str, Any]:
        """Another plan, for which this one is put aside; or something that belongs to this one."""
        told = slots["maybe_plan"]
        new = heard_in(self.office, told)
        if message.intent in ("affirm", "second_plan"):
            say.utter_message(response="utter_second_plan")
            parked = [*(slots.get("parked") or []), kept({**slots, "maybe_plan": None})]
            return {**dict.fromkeys(OF_ONE_PLAN), "parked": parked, "plan": told, **new}
        if message.intent not in ("deny", "skip", "inform"):
            return {}
        new = {part: value for part, value in new.items() if slots.get(part) is None}
        return {**new, "plan": f"{slots['plan']}\n{told}", "maybe_plan": None, "second_plan_ok": None}

    def _chosen(self, message: Said, asked: str, slots: Mapping[str, Any]) -> dict[str, Any]:
        part = message.entities.get("part", "")
        phase, help_ = part.removeprefix("phase_"), part.removeprefix("help_")
        if asked == "phase" and phase in ids_of("phase"):
            return {asked: phase, **_answered(slots, asked)}
        if asked == "help" and help_ in ids_of("help"):
            return {asked: help_, **_answered(slots, asked)}
        return {asked: part} if part in CHOICES else {}

    def _answer(
        self, message: Said, asked: str, slots: Mapping[str, Any], say: CollectingDispatcher
    ) -> dict[str, Any]:
        if self._is_other_plan(message, slots):
            return {"maybe_plan": message.text, asked: None}
        mended = self._mended(message, asked, slots)
        if mended:
            say.utter_message(response="utter_noted")
            return mended
        if asked != "neighbourhood" and self._only_a_place(message):
            return {"neighbourhood": wanted_place(self.office.catalogue, message.text), asked: None}
        told = self._told_beside(message, asked, slots)
        answer = self._direct(message, asked, slots, told)
        return {**told, **answer}

    def _direct(
        self, message: Said, asked: str, slots: Mapping[str, Any], told: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The answer to the question itself; none where the words tell only something else, or only yes."""
        bare = message.words <= SHORT and message.intent in ("affirm", "deny") and message.confidence >= SURE
        if asked == "neighbourhood":
            place = wanted_place(self.office.catalogue, message.text)
            if not place and is_whole_city(self.office, message.text):
                place = "whole_city"
            return {asked: place} if place else {} if bare else {asked: message.text}
        if asked == "phase":
            phase = heard_in(self.office, message.text).get("phase")
            return {asked: phase or message.text} if phase or not bare else {}
        if asked == "parties" and (cues(message.text, "just_me") or (bare and message.intent == "deny")):
            return {asked: "just_me"}
        if asked == "help":
            return self._help(message, slots, told, bare)
        only_elsewhere = message.words <= SHORT and "neighbourhood" in told
        return {} if bare or only_elsewhere else {asked: message.text, **_answered(slots, asked)}

    def _help(
        self, message: Said, slots: Mapping[str, Any], told: Mapping[str, Any], bare: bool
    ) -> dict[str, Any]:
        """An answer on the help; of two things that were offered, "the first" will do."""
        doubt = slots.get("doubt") or []
        offered = [HELP_OF_ROLE[role][0] for role in doubt]
        if offered and message.words <= 2 * SHORT:
            picked = (
                offered
                if cues(message.text, "both")
                else offered[1:]
                if cues(message.text, "second")
                else offered[:1]
                if cues(message.text, "first")
                else []
            )
            if picked:
                return {"help": ", ".join(picked), **_answered(slots, "help")}
        about_parties = parties_in(self.office, message.text) or cues(message.text, "just_me")
        if message.words <= SHORT and (phase := cues(message.text, "phase")):
            return {"phase": phase[0], "help": None}
        only_elsewhere = message.words <= SHORT and bool(told or about_parties)
        return {} if bare or only_elsewhere else {"help": message.text, **_answered(slots, "help")}

    def _only_a_place(self, message: Said) -> bool:
        """Whether a neighbourhood was named and hardly anything else."""
        mentions = self.office.catalogue.find_mentions(message.text)
        return bool(mentions) and message.words - len(mentions[-1].words.split()) <= 2

    def _told_beside(self, message: Said, asked: str, slots: Mapping[str, Any]) -> dict[str, Any]:
        """What an answer tells of parts that were not asked about yet."""
        found = heard_in(self.office, message.text)
        beside = {"neighbourhood", "parties"} if asked in ("help", "phase") else {"neighbourhood"}
        if cues(message.text, "just_me"):
            found["parties"] = "just_me"
        if message.words > 2 * SHORT:
            beside |= {"phase"}
        return {
            part: value
            for part, value in found.items()
            if part in beside and part != asked and slots.get(part) is None
        }

    def _mended(self, message: Said, asked: str, slots: Mapping[str, Any]) -> dict[str, Any]:
        """An earlier answer that is taken back; the question that was open is asked again."""
        if message.intent not in ("correct", "deny") or message.confidence < SURE:
            return {}
        place = wanted_place(self.office.catalogue, message.text)
        if place and asked != "neighbourhood":
            return {"neighbourhood": place, asked: None}
        part = message.entities.get("part")
        if part not in PARTS or part in ("plan", asked) or slots.get(part) is None:
            return {}
        value = heard_in(self.office, message.text).get(part) if part == "phase" else after_but(message.text)
        # Only named as wrong: it is asked once more.
        return {part: value, **({asked: None} if value is None else {})}

    def _is_other_plan(self, message: Said, slots: Mapping[str, Any]) -> bool:
        """Whether a plan is told in the middle of another: long, clearly a plan, and on something else."""
        told = message.words >= OTHER_PLAN_WORDS and message.intent == "plan"
        if not told or message.confidence < OTHER_PLAN_SURE:
            return False
        if not cues(message.text, "wish"):
            return False
        compare = self.office.advisor.likeness
        alike = compare.likeness(slots["plan"], [message.text], compare.vector(message.text)[None])
        return float(alike[0]) < OTHER_PLAN_LIKENESS


def after_but(text: str) -> str | None:
    """What stands after "maar" or "but" in a correction; None where nothing does."""
    for but in (" maar ", " but "):
        before, found, after = text.partition(but)
        if found and before and after.strip():
            return after.strip(" .!")
    return None


def _answered(slots: Mapping[str, Any], part: str) -> dict[str, Any]:
    return {"answered": sorted({*(slots.get("answered") or ()), part})}
