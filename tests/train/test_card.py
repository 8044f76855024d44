"""The model card: what was measured, in groups, with and without aid."""

from qwen_app.train.card import GROUPS, model_card
from qwen_app.train.data.mix import SKILLS, TASKS
from qwen_app.train.recipe import EMBEDDED


def score(skill: str, split: str, right: int, **more: int) -> dict[str, object]:
    return {
        "skill": skill,
        "split": split,
        "language": "zh",
        "asked": 50,
        "right": right,
        "lines_right": None,
        "free_right": None,
    } | more


def test_figures_stand_in_groups() -> None:
    evaluation = {
        "stage": "train",
        "progress": {"tokens": 9_000_000, "seconds": 600.0, "step": 10},
        "recipe": {"long_length": 640, "muon_rate": 0.1, "adamw_rate": 0.1, "decay_from": 0.2},
        "scores": [
            score("equations", "held_out", 45, lines_right=44, free_right=10),
            score("equations", "train", 49, lines_right=49, free_right=20),
            score("tables", "held_out", 40, free_right=30),
            score("chat", "held_out", 35),
        ],
    }
    card = model_card(EMBEDDED, evaluation)
    mathematics, rest = card.split("### Tables and JSON")
    tables, language = rest.split("### Language and Python")
    assert "| equations | zh | 90% | 88% | 98% | 20% |" in mathematics
    assert "| tables | zh | 80% |  |  | 60% |" in tables
    assert "| chat | zh | 70% |  |  |  |" in language
    assert "from 50\nquestions" in card
    assert "evaluate --model assets/embedded --per-skill 50`" in card
    assert "training, 9.0 million tokens in 10 steps (10 minutes)" in card


def test_stages_before_count_and_the_comparison_stands_in_the_card() -> None:
    evaluation = {
        "stage": "distill",
        "progress": {"tokens": 3_000_000, "seconds": 60.0, "step": 10},
        "recipe": {"long_length": 640, "muon_rate": 0.1, "adamw_rate": 0.1, "decay_from": 0.0},
        "scores": [score("chat", "held_out", 35)],
    }
    before = {"stage": "train", "tokens": 24_000_000, "step": 8000, "seconds": 6000.0}
    last = {"stage": "distill", "tokens": 3_000_000, "step": 10, "seconds": 60.0}
    card = model_card(EMBEDDED, evaluation, stages=[before, last], distillation="## Distillation\n")
    assert card.index("## Accuracy") < card.index("## Distillation") < card.index("## Limits")
    assert "24.0 million tokens" in card
    assert "3.0 million tokens" in card
    assert "falls linearly from 0% of the last stage on" in card
    assert "--per-skill 50 --held-out-only`" in card


def test_every_skill_has_a_group() -> None:
    grouped = [skill for skills in GROUPS.values() for skill in skills]
    assert sorted(grouped) == sorted((*SKILLS, *TASKS))
