"""From a folder on disk to answers, as app.py does it."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from qwen_app.engine.create import create_engine
from qwen_app.engine.settings import EngineSettings
from qwen_app.errors import CheckpointError
from qwen_app.messages import Message
from tests.checkpoints import write_checkpoint
from tests.engine.tiny import ask
from tests.tokenizers_for_tests import tiny_tokenizer_folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("checkpoint")
    return write_checkpoint(root / "model", tokenizer=tiny_tokenizer_folder(root / "tokenizer"))


@pytest.mark.parametrize("quant", ["fp32", "bf16", "int8", "int4"])
def test_a_checkpoint_answers_in_every_scheme(folder: Path, quant: str) -> None:
    steps: list[float] = []
    engine = create_engine(
        "mine",
        folder,
        EngineSettings(quant=quant, threads=1),
        progress=lambda done, _en, _zh: steps.append(done),
    )
    assert steps == sorted(steps)
    assert 0 < steps[0] < steps[-1] < 1
    assert (engine.info.id, engine.info.quantization) == ("mine", quant)
    assert engine.info.defaults.temperature == 0.7  # the checkpoint's generation_config
    assert engine.info.context_length == 512  # the model's, shorter than max_seq_len
    talk = (Message("user", "hello"),)
    text, ids, receipt = ask(engine, talk, temperature=0, max_tokens=8)
    assert receipt.completion_tokens == len(ids) <= 8
    assert ask(engine, talk, temperature=0, max_tokens=8)[0] == text
    engine.close()


def test_a_request_does_not_depend_on_its_company_when_quantized(folder: Path) -> None:
    engine = create_engine("mine", folder, EngineSettings(quant="int8", threads=1))
    prompts = [f"{i} dogs and {i * i} foxes" for i in range(12)]
    alone = [ask(engine, p, temperature=1.0, seed=3, max_tokens=20)[1] for p in prompts]
    with ThreadPoolExecutor(12) as pool:
        together = list(
            pool.map(lambda p: ask(engine, p, temperature=1.0, seed=3, max_tokens=20)[1], prompts)
        )
    assert together == alone
    engine.close()


def test_a_folder_without_a_tokenizer_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError) as caught:
        create_engine("mine", write_checkpoint(tmp_path), EngineSettings())
    assert "tokenizer.json" in caught.value.en
