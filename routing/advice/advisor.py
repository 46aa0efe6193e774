"""The one advice: from a person's words to kind, goals, role, instruments and service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from routing.advice.advice import Advice, Context, GoalAdvice, RoleAdvice
from routing.advice.context import Known, context_row, known_of, weigh
from routing.advice.decide import (
    PLANS,
    SIGNALS,
    Limits,
    decide_id,
    decide_kind,
    known_here,
    perhaps_plan,
    plan_signals,
    shared_out,
    stated_goals,
    stated_instruments,
    sureness,
)
from routing.advice.encoder import Encoder, load_encoder
from routing.advice.evidence import find_evidence
from routing.advice.keywords import Keywords
from routing.advice.language import LanguageGuesser
from routing.advice.likeness import Likeness
from routing.advice.model import load_model
from routing.advice.question import next_question
from routing.advice.scorer import Scorer, Scores
from routing.advice.text import calm, tidy
from routing.catalogue import Catalogue, Facts, Rule

HEADS = Path(__file__).parent / "heads"
NO_CONTEXT = Context()


@dataclass(frozen=True)
class _Plan:
    """What is known of a plan while it is weighed."""

    clean: str
    scores: Scores
    kind: str
    goals: dict[int, float]
    roles: dict[str, float]
    weights: dict[str, float]


LIKELY_SERVICE = 0.5
"""How likely a service must be of which no word stands in the text: a wrong desk is worse than the number."""
URGENT_ABROAD = 0.85
"""How likely danger must be in another language, of which the heads know emergencies and little else."""
WORDS_ABROAD = 4.0
"""How much, in nats, the catalogue's words for an emergency count at least in another language."""
URGENT_AT_DESK = 0.6
"""How likely danger must be where words of a service stand in the text and none of danger."""


class Advisor:
    """Weighs texts. Load once, use from any thread; a call takes CPU, so keep it off an event loop.

    It names only what the catalogue has, whatever else the heads learnt: roles, instruments, services
    and emergencies.
    """

    def __init__(self, catalogue: Catalogue, scorer: Scorer, guesser: LanguageGuesser) -> None:
        self._catalogue, self._scorer, self._guesser = catalogue, scorer, guesser
        self._danger = Keywords.of(catalogue.emergencies)
        self._services = Keywords.of(catalogue.services)
        self._limits = Limits.of(scorer.model.numbers)

    @classmethod
    def load(
        cls, catalogue: Catalogue, heads: Path = HEADS, encoder: Mapping[str, Encoder] | None = None
    ) -> Advisor:
        """An advisor with the heads of a folder.

        ``encoder`` maps names to encoders that are loaded already; what the heads need beside those
        is loaded here. Raises ModelError and EncoderUnavailable; both say what to do.
        """
        model = load_model(heads)
        known = dict(encoder or {})
        encoders = {
            name: known.get(name) or load_encoder(name, model.adapters, model.fast) for name in model.encoders
        }
        return cls(catalogue, Scorer(model, encoders), LanguageGuesser())

    def advise(
        self, text: str, language: str | None = None, context: Context = NO_CONTEXT, explain: bool = True
    ) -> Advice:
        """The advice on a text. ``language`` is that of the conversation, where it is known."""
        known, own_words = known_of(context)
        clean = calm(text)
        whole = f"{clean} {calm(own_words)}" if own_words else clean
        scores = self._scorer.scores(whole)
        detected = self._guesser.guess(clean, language or "nl")
        kind = self._kind(clean, scores, detected.foreign)
        advice = Advice(detected.spoken, kind, dict(scores["kind"]), foreign=detected.foreign)
        if kind == "urgent":
            return replace(advice, emergency=self._emergency(clean, scores, detected.foreign), confident=True)
        if kind not in PLANS:
            service = self._service(clean, scores) if kind == "service" else None
            return replace(advice, service=service, confident=self._sure_of_kind(scores, kind))
        if kind == "staff" and scores["content"]["yes"] < 0.5:
            return replace(advice, confident=self._sure_of_kind(scores, kind))
        plan = self._weigh(clean, whole, scores, kind, known)
        advised = self._advise_plan(advice, plan, context)
        return self._explained(advised, plan.clean, text) if explain else advised

    def names_service(self, text: str) -> bool:
        """Whether the catalogue's own words for a service stand in a text."""
        return bool(self._services.found(calm(text)))

    def service_in(self, text: str) -> str | None:
        """The service that a text is likeliest about, whatever kind it was taken for; None where none is."""
        clean = calm(text)
        return self._service(clean, self._scorer.scores(clean, ("service",)))

    def _weigh(self, clean: str, whole: str, scores: Scores, kind: str, known: Known) -> _Plan:
        """``whole`` is the text with the answers in own words."""
        goals = {int(goal): p for goal, p in scores["goals"].items()}
        if known:
            logits = self._scorer.logits([whole], ("role",))["role"][0]
            row = context_row(logits, known)
            roles, weights = weigh(self._scorer.model.context, row, self._catalogue.roles)
        else:
            roles, weights = shared_out(scores["role"], self._catalogue.roles), {"text": 1.0}
        return _Plan(clean, scores, kind, goals, roles, weights)

    def _advise_plan(self, advice: Advice, plan: _Plan, context: Context) -> Advice:
        first, second, *_ = (*sorted(plan.roles, key=plan.roles.__getitem__, reverse=True), None)
        goals = stated_goals(plan.goals, self._scorer.number("goals.stated"))
        offered = known_here(plan.scores["tools"], self._catalogue.instruments)
        tools = stated_instruments(offered, self._scorer.number("tools.stated"))
        signals = plan_signals(plan.scores["kind"], plan.roles, plan.goals)
        role = RoleAdvice(first, self._sure("role", signals), runner_up=second)
        sure = role.confidence >= self._scorer.number("role.sure")
        weighed = replace(
            advice,
            goals=tuple(
                GoalAdvice(g, self._goal_confidence(i, g, plan, signals)) for i, g in enumerate(goals)
            ),
            goal_scores=plan.goals,
            role=role,
            role_scores=plan.roles,
            instruments=tuple(tools),
            confident=sure,
            said=self._said(plan.scores),
            weights=plan.weights,
        )
        rule = self._rule(weighed, plan, context)
        ruled = self._ruled(weighed, rule) if rule else weighed
        if ruled.confident:
            return ruled
        return replace(ruled, question=next_question(plan.roles, self._has_question))

    def _goal_confidence(self, place: int, goal: int, plan: _Plan, signals: np.ndarray) -> float:
        return self._sure("goal", signals) if place == 0 else plan.goals[goal]

    def _rule(self, advice: Advice, plan: _Plan, context: Context) -> Rule | None:
        facts = Facts(
            text=plan.clean,
            kind=plan.kind,
            goals=tuple(g.goal for g in advice.goals),
            role=advice.role.role if advice.role else None,
            neighbourhood=context.neighbourhood or self._neighbourhood(plan.clean),
            language=advice.language,
            audience=context.audience or ("staff" if plan.kind == "staff" else "resident"),
        )
        return self._catalogue.first_rule(facts)

    def _ruled(self, advice: Advice, rule: Rule) -> Advice:
        tools = tuple(dict.fromkeys((*rule.then.instruments, *advice.instruments)))
        advice = replace(advice, rule=rule.id, partner=rule.then.partner, instruments=tools)
        if rule.then.role is None or advice.role is None:
            return advice
        leading = (advice.role.role, advice.role.runner_up)
        agreed = advice.role.confidence if rule.then.role in leading else 0.0
        confidence = max(self._scorer.number("rule.precision"), agreed)
        runner_up = next((role for role in leading if role != rule.then.role), None)
        role = RoleAdvice(rule.then.role, confidence, runner_up=runner_up)
        return replace(advice, role=role, confident=True)

    def _neighbourhood(self, clean: str) -> str | None:
        found = self._catalogue.find_neighbourhoods(clean)
        return found[0].id if found else None

    def _has_question(self, first: str, second: str) -> bool:
        return self._catalogue.question_between(first, second) is not None

    def _explained(self, advice: Advice, clean: str, text: str) -> Advice:
        labels = [("goals", str(g.goal)) for g in advice.goals]
        # A rule may decide on a role of the municipality's own, for which the heads have no words.
        if advice.role is not None and advice.role.role in self._scorer.labels("role"):
            labels.append(("role", advice.role.role))
        spans = find_evidence(self._scorer, clean, labels)
        original = tidy(text)
        source = original if len(original) == len(clean) else clean
        goals = tuple(replace(g, evidence=spans["goals", str(g.goal)].of(source)) for g in advice.goals)
        span = spans.get(("role", advice.role.role)) if advice.role else None
        role = replace(advice.role, evidence=span.of(source)) if span else advice.role
        return replace(advice, goals=goals, role=role)

    def _kind(self, clean: str, scores: Scores, foreign: str | None) -> str:
        if self._catalogue.certain_danger(clean):
            return "urgent"
        danger = bool(self._danger.found(clean))
        limits = replace(self._limits, urgent=URGENT_ABROAD) if foreign else self._limits
        kind = decide_kind(scores["kind"], danger, limits)
        doubted = perhaps_plan(kind, scores["kind"])
        # Looked up only where it can matter: each lookup reads the text for every phrase of the catalogue.
        if kind not in ("urgent", "other") and not doubted:
            return kind
        if not self._services.found(clean):
            return "plan" if doubted else kind
        if kind == "urgent" and not danger and not foreign:
            kind = decide_kind(scores["kind"], danger, replace(limits, urgent=URGENT_AT_DESK))
        # "Container vol": so few words say little to an encoder, and everything to the catalogue.
        return "service" if kind == "other" else kind

    def _sure(self, name: str, signals: np.ndarray) -> float:
        weights = np.array([self._scorer.number(f"{name}.{signal}") for signal in (*SIGNALS, "constant")])
        return sureness(signals, weights)

    def _sure_of_kind(self, scores: Scores, kind: str) -> bool:
        return scores["kind"][kind] >= self._scorer.number("kind.sure")

    def _service(self, clean: str, scores: Scores) -> str | None:
        found, bonus = self._services.found(clean), self._scorer.number("service.bonus")
        return decide_id(scores["service"], found, bonus, self._catalogue.services, LIKELY_SERVICE)

    def _emergency(self, clean: str, scores: Scores, foreign: str | None) -> str | None:
        found, bonus = self._danger.found(clean), self._scorer.number("emergency.bonus")
        bonus = max(bonus, WORDS_ABROAD) if foreign else bonus
        return decide_id(scores["emergency"], found, bonus, self._catalogue.emergencies)

    def _said(self, scores: Scores) -> Context:
        help_ = tuple(h for h, p in scores["help"].items() if p >= self._scorer.number("help.stated"))
        parties = tuple(p for p, s in scores["parties"].items() if s >= self._scorer.number("parties.stated"))
        phase = scores.best("phase")
        told = phase != "unknown" and scores["phase"][phase] >= self._scorer.number("phase.sure")
        return Context(help=help_ or None, parties=parties or None, phase=phase if told else None)

    @cached_property
    def likeness(self) -> Likeness:
        """Compares plans with each other, by the same encoding."""
        return Likeness(self._scorer)
