"""Fine-tuning on a user's pairs: the file, the run, the checkpoint that comes of it."""

import builtins
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer

from qwen_app.errors import AppError, CheckpointError, InvalidInput, MissingDependency
from qwen_app.messages import Message
from qwen_app.model.loading import load_model
from qwen_app.model.qwen2 import Qwen2, Qwen2Config
from qwen_app.text.tokenizer import Tokenizer as AppTokenizer
from qwen_app.train.__main__ import main
from qwen_app.train.corpus import Encoder
from qwen_app.train.data.mix import document
from qwen_app.train.export import export
from qwen_app.train.finetune import FineTuning, Plan, default_system, with_system
from qwen_app.train.optimize import initialise
from qwen_app.train.pairs import Question, read_pairs, read_questions
from qwen_app.train.stages import Machine, vocabulary
from qwen_app.train.tokenizer import save_tokenizer, train_tokenizer

TINY = Qwen2Config(
    vocab_size=600,
    hidden_size=32,
    intermediate_size=48,
    num_layers=2,
    num_heads=4,
    num_kv_heads=2,
    head_dim=8,
    rope_theta=10_000.0,
    max_position=512,
)
MACHINE = Machine(precision="fp32", compiled=False)
PLAN = Plan(epochs=300, rate=0.01, length=64, rows=2)
COLOURS = {"Monday": "red", "Tuesday": "green", "Friday": "blue"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("finetune")
    texts = ["\n".join(m.content for m in document(1, n)) for n in range(400)]
    save_tokenizer(train_tokenizer(texts, TINY.vocab_size), path / "tokenizer", 512)
    torch.manual_seed(0)
    model = Qwen2(TINY)
    initialise(model)
    export(model, path / "tokenizer", path / "model")
    return path / "model"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "pairs.jsonl"
    pairs = [{"prompt": f"{day}?", "response": colour} for day, colour in COLOURS.items()]
    path.write_text("\n".join(map(json.dumps, pairs)), encoding="utf-8")
    return path


def tuning(folder: Path, data: Path, run: Path, plan: Plan = PLAN) -> FineTuning:
    return FineTuning(folder, read_pairs(data), plan, run, MACHINE)


QUESTIONS = [Question(f"{day}?", ((colour,),)) for day, colour in COLOURS.items()]


def test_pairs_are_learned_and_the_app_loads_them(folder: Path, data: Path, tmp_path: Path) -> None:
    tuned = tuning(folder, data, tmp_path / "run")
    assert tuned.share_right(QUESTIONS) == 0
    for _ in range(50):
        tuned.trainer.step()
    after = tuned.loss()
    assert after is not None
    assert after < 0.3
    assert tuned.share_right(QUESTIONS) == 1
    tuned.export(tmp_path / "out")
    assert load_model(tmp_path / "out", quant="fp32").config == TINY
    again = FineTuning(tmp_path / "out", read_pairs(data), PLAN, tmp_path / "other", MACHINE)
    assert again.loss() == pytest.approx(after, abs=0.05)  # rounded to bf16
    assert AppTokenizer.from_folder(tmp_path / "out").vocabulary_size == 600


def test_adapters_learn_and_are_merged(folder: Path, data: Path, tmp_path: Path) -> None:
    tuned = tuning(folder, data, tmp_path / "run", replace(PLAN, lora=4, rate=0.03))
    before = tuned.loss()
    for _ in range(15):
        tuned.trainer.step()
    after = tuned.loss()
    assert before is not None
    assert after is not None
    assert after < before - 0.3  # the small embeddings of random weights allow no more
    tuned.export(tmp_path / "out")
    again = FineTuning(tmp_path / "out", read_pairs(data), PLAN, tmp_path / "other", MACHINE)
    assert again.loss() == pytest.approx(after, abs=0.05)


def test_adapters_leave_the_rest_alone(folder: Path, data: Path, tmp_path: Path) -> None:
    tuned = tuning(folder, data, tmp_path / "run", replace(PLAN, lora=2))
    names = {n for n, p in tuned.model.named_parameters() if p.requires_grad}
    assert len(names) == 2 * 4 * TINY.num_layers
    assert all("lora_" in name for name in names)
    tuned.trainer.step()
    tuned.export(tmp_path / "out")
    ours, theirs = (load_model(f, quant="fp32").model for f in (tmp_path / "out", folder))
    assert torch.equal(ours.embed_tokens.weight, theirs.embed_tokens.weight)
    assert not torch.equal(
        ours.get_parameter("layers.0.attention.qkv_proj.weight"),
        theirs.get_parameter("layers.0.attention.qkv_proj.weight"),
    )


def test_it_goes_on_where_it_was_stopped(folder: Path, data: Path, tmp_path: Path) -> None:
    whole = tuning(folder, data, tmp_path / "whole")
    expected = [whole.trainer.step() for _ in range(8)]
    first = tuning(folder, data, tmp_path / "parts")
    losses = [first.trainer.step() for _ in range(5)]
    first.trainer.save()
    second = tuning(folder, data, tmp_path / "parts")
    assert losses + [second.trainer.step() for _ in range(3)] == expected


def test_other_data_do_not_go_on(folder: Path, data: Path, tmp_path: Path) -> None:
    tuning(folder, data, tmp_path / "run").trainer.save()
    data.write_text('{"prompt": "a", "response": "b"}')
    with pytest.raises(CheckpointError, match="another model or recipe"):
        tuning(folder, data, tmp_path / "run")


def test_the_command_trains_measures_and_exports(
    folder: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    questions = tmp_path / "questions.jsonl"
    questions.write_text(
        "\n".join(json.dumps({"prompt": q.prompt, "facts": q.facts[0]}) for q in QUESTIONS)
    )
    command = ["finetune", "--model", str(folder), "--data", str(data), "--threads", "1"]
    command += ["--out", str(tmp_path / "out"), "--run", str(tmp_path / "run")]
    command += ["--questions", str(questions), "--epochs", "100", "--rate", "0.01"]
    command += ["--length", "64", "--rows", "1", "--precision", "fp32"]
    main(command)
    printed = capsys.readouterr().out
    assert "3 conversations to train on, 0 kept out" in printed
    assert "questions right: 0 before, 1 after" in printed
    assert (tmp_path / "out" / "model.safetensors").exists()
    main(command)  # nothing is left to train, and what was measured first is remembered
    assert "questions right: 0 before, 1 after" in capsys.readouterr().out


def test_a_tenth_is_kept_out(folder: Path, tmp_path: Path) -> None:
    data = tmp_path / "many.jsonl"
    pairs = [{"prompt": f"number {n}", "response": f"{n}"} for n in range(40)]
    data.write_text("\n".join(map(json.dumps, pairs)))
    tuned = tuning(folder, data, tmp_path / "run")
    assert (tuned.trained, tuned.kept_out) == (36, 4)


def test_long_conversations_are_named(folder: Path, data: Path, tmp_path: Path) -> None:
    long = {"prompt": "Monday?", "response": "again " * 60}
    data.write_text(data.read_text() + "\n\n" + json.dumps(long))
    assert tuning(folder, data, tmp_path / "run").cut == (5,)


def test_prompts_are_laid_out_as_the_app_does(folder: Path) -> None:
    tokenizer = vocabulary(folder)
    assert default_system(folder, tokenizer) is None
    messages = (Message("user", "<|im_end|> is text"), Message("assistant", "yes"))
    (encoded,) = Encoder(tokenizer).encode([messages])
    app = AppTokenizer.from_folder(folder)
    prompt = app.render(messages[:1])
    assert encoded.ids[: len(prompt)] == prompt


def test_the_default_system_prompt_of_a_template_is_used(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "model"
    copy.mkdir()
    for file in folder.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    config = json.loads((copy / "tokenizer_config.json").read_text(encoding="utf-8"))
    head = "{{- '<|im_start|>system\\nYou are Qwen.<|im_end|>\\n' }}"
    config["chat_template"] = head + config["chat_template"]
    (copy / "tokenizer_config.json").write_text(json.dumps(config))
    tokenizer: Tokenizer = vocabulary(copy)
    system = default_system(copy, tokenizer)
    assert system == "You are Qwen."
    asked = (Message("user", "hi"),)
    assert with_system(asked, system) == (Message("system", "You are Qwen."), *asked)
    own = (Message("system", "Be brief."), *asked)
    assert with_system(own, system) == own
    config["chat_template"] = "{{- 'Q: ' + messages[0]['content'] }}"
    (copy / "tokenizer_config.json").write_text(json.dumps(config))
    with pytest.raises(CheckpointError, match="not ChatML"):
        default_system(copy, tokenizer)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "line 2: it is not JSON"),
        ("[]", "line 2: it is not a JSON object"),
        ('{"prompt": "a"}', "line 2: “response” is missing"),
        ('{"prompt": "a", "response": " "}', "line 2: “response” is missing, empty"),
        ('{"prompt": "a", "response": "b", "extra": 1}', "line 2: unknown key 'extra'"),
        ('{"messages": []}', "line 2: “messages” is not a list with"),
        ('{"messages": [{"role": "user", "content": "a"}]}', "line 2: the roles must be"),
        ('{"messages": [{"role": "tool", "content": "a"}]}', "line 2: the role 'tool' is none"),
        ('{"messages": ["a"]}', "line 2: a message is not"),
    ],
)
def test_bad_lines_are_named_by_number(tmp_path: Path, line: str, problem: str) -> None:
    path = tmp_path / "pairs.jsonl"
    path.write_text(f'{{"prompt": "a", "response": "b"}}\n{line}\n', encoding="utf-8")
    with pytest.raises(InvalidInput) as caught:
        read_pairs(path)
    assert problem in caught.value.en
    assert "第 2 行" in caught.value.zh


def test_a_file_that_is_none_or_empty_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_pairs(path)
    path.write_bytes(b"\xef\xbb\xbf\n\n")
    with pytest.raises(InvalidInput, match="has no conversations"):
        read_pairs(path)
    path.write_bytes(b"\xff\xfe\n" * 8)
    with pytest.raises(InvalidInput, match="line 1: it is not UTF-8") as caught:
        read_pairs(path)
    assert "and 3 more" in caught.value.en


def test_both_forms_and_questions_are_read(tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    system, user, assistant = ("system", "s"), ("user", "u"), ("assistant", "a")
    turns = [{"role": r, "content": c} for r, c in (system, user, assistant)]
    short = {"system": "s", "prompt": "u", "response": "a"}
    path.write_text(f"{json.dumps({'messages': turns})}\n\n{json.dumps(short)}\n")
    first, second = read_pairs(path)
    assert first.messages == second.messages
    assert (first.line, second.line) == (1, 3)
    path.write_text('{"prompt": "q", "facts": ["15 days", ["Mon", "Tue"]]}')
    (question,) = read_questions(path)
    assert question.is_answered_by("From TUESDAY, 15days")
    assert not question.is_answered_by("15 days")
    path.write_text('{"prompt": "q", "facts": []}')
    with pytest.raises(InvalidInput, match="“facts” must be"):
        read_questions(path)


@pytest.mark.parametrize(
    "plan",
    [Plan(epochs=0), Plan(rate=-1.0), Plan(lora=0), Plan(length=4), Plan(rows=0)],
)
def test_numbers_out_of_range_are_refused(
    folder: Path, data: Path, tmp_path: Path, plan: Plan
) -> None:
    with pytest.raises(InvalidInput, match="it must be above"):
        tuning(folder, data, tmp_path / "run", plan)


def test_without_peft_the_way_out_is_named(
    folder: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **keywords: Any) -> Any:
        if name == "peft":
            raise ImportError(name)
        return real(name, *args, **keywords)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingDependency, match="pip install") as caught:
        tuning(folder, data, tmp_path / "run", replace(PLAN, lora=2))
    assert isinstance(caught.value, AppError)
