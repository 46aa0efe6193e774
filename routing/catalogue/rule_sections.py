"""How `rules.yml` and `questions.yml` are read."""

from __future__ import annotations

from routing.catalogue.reader import Fields, Value
from routing.catalogue.rules import Condition, Examples, Outcome, Rule
from routing.catalogue.sections import ID
from routing.catalogue.words import LANGUAGES, Mark, Words

ASKERS = ("resident", "staff")
KINDS = ("plan", "staff", "service", "urgent", "other")


def read_rules(
    fields: Fields | None, marks: dict[tuple[str, str], Mark]
) -> tuple[tuple[Rule, ...], tuple[str, ...]]:
    """The rules in their order, and the ordinary texts that none of them may catch."""
    if fields is None:
        return (), ()

    def read_marked(value: Value) -> Rule:
        rule = _read_rule(value)
        if ("rules", rule.id) in marks:
            value.error(f"{rule.id!r} stands here twice; first in line {marks['rules', rule.id].line}")
        marks.setdefault(("rules", rule.id), value.mark)
        return rule

    rules, ordinary = fields.each("rules", read_marked), fields.each("ordinary", Value.text)
    fields.close()
    return rules, ordinary


def _read_rule(value: Value) -> Rule:
    fields = value.fields()
    rule = Rule(
        id=fields.need("id", lambda v: v.fitting(ID, "uitdaagrecht"), ""),
        when=fields.need("when", _read_condition, Condition()),
        then=fields.need("then", _read_outcome, Outcome()),
        why=fields.words("why"),
        examples=fields.need("examples", _read_examples, Examples((), ())),
    )
    fields.close()
    return rule


def _read_condition(value: Value) -> Condition:
    fields = value.fields()
    condition = Condition(
        any_words=fields.each("any_words", Value.phrase),
        all_words=fields.each("all_words", Value.phrase),
        no_words=fields.each("no_words", Value.phrase),
        kind=fields.each("kind", lambda v: v.one_of(KINDS, "kind")),
        goals=fields.each("goals", lambda v: v.integer(1, 17)),
        role=fields.each("role", Value.text),
        neighbourhood=fields.each("neighbourhood", Value.text),
        language=fields.each("language", lambda v: v.one_of(LANGUAGES, "language")),
        audience=fields.each("audience", lambda v: v.one_of(ASKERS, "audience")),
    )
    fields.close()
    if condition == Condition():
        value.error("a rule without a condition would catch everything")
    return condition


def _read_outcome(value: Value) -> Outcome:
    fields = value.fields()
    outcome = Outcome(
        role=fields.may("role", Value.text, None),
        partner=fields.may("partner", Value.text, None),
        instruments=fields.each("instruments", Value.text),
    )
    fields.close()
    if outcome == Outcome():
        value.error("a rule must decide something: role, partner or instruments")
    return outcome


def _read_examples(value: Value) -> Examples:
    fields = value.fields()
    examples = Examples(fields.each("match", Value.text), fields.each("no_match", Value.text))
    fields.close()
    for name in ("match", "no_match"):
        if not getattr(examples, name):
            value.error(f"give at least one example of {name!r}")
    return examples


def read_questions(value: Value | None, marks: dict[tuple[str, str], Mark]) -> dict[frozenset[str], Words]:
    """The question for each pair of roles."""
    found: dict[frozenset[str], Words] = {}
    for item in value.items() if value else ():
        fields = item.fields()
        pair = fields.each("between", Value.text)
        words = Words(fields.text("nl"), fields.text("en"))
        fields.close()
        key = frozenset(pair)
        if len(key) != 2 or len(pair) != 2:
            item.error("'between' must name two different roles")
        elif key in found:
            item.error(f"a question between {' and '.join(sorted(pair))} stands here twice")
        found.setdefault(key, words)
        marks.setdefault(("questions", "/".join(sorted(pair))), item.mark)
    return found
