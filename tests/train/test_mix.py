"""The corpus of some skills alone."""

import pytest

from qwen_app.train.data import mix
from qwen_app.train.data.json_extraction import json_conversation
from qwen_app.train.data.mix import SKILLS, TASKS, document, share


@pytest.mark.parametrize("long", [False, True])
def test_a_task_alone_has_its_own_conversations_only(long: bool) -> None:
    prompts = {document(1, n, long=long, skills=("tutor",))[0].role for n in range(30)}
    answers = [document(1, n, long=long, skills=("json",))[-1].content for n in range(30)]
    assert prompts <= {"system", "user"}
    assert all(answer.lstrip()[0] in "{[" for answer in answers)


def test_a_skill_alone_is_asked_in_every_turn() -> None:
    for number in range(40):
        turns = document(2, number, skills=("python",), long=number % 2 == 0)
        assert all("```" in turn.content for turn in turns if turn.role == "assistant")


def test_skills_together_keep_their_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(mix.TASKS, "json", (json_conversation, 0.3))
    chosen = ("json", "python")
    drawn = [document(3, n, skills=chosen)[-1].content for n in range(400)]
    documents = sum("```" not in text for text in drawn) / len(drawn)
    assert documents == pytest.approx(0.3 / share(chosen), abs=0.08)


def test_shares_add_up() -> None:
    assert share(None) == pytest.approx(1)
    assert sum(share((name,)) for name in (*SKILLS, *TASKS)) == pytest.approx(1)
