"""The model card, written from what was measured."""

from collections.abc import Sequence
from typing import Any

from qwen_app.model.qwen2 import Qwen2Config
from qwen_app.train.data.intents import INTENTS
from qwen_app.train.data.mix import SKILLS, TASKS
from qwen_app.train.data.texts import REAL_MODEL
from qwen_app.train.evaluate import WITHOUT_MATHEMATICS
from qwen_app.train.evaluate_math import MATHEMATICS

GROUPS = {
    "Mathematics": MATHEMATICS,
    "Tables and JSON": tuple(TASKS),
    "Language and Python": WITHOUT_MATHEMATICS,
}


_STAGES = {"train": "training", "distill": "training with or without experts"}


def model_card(
    config: Qwen2Config,
    evaluation: dict[str, Any],
    note: str = "",
    *,
    stages: Sequence[dict[str, Any]] = (),
    distillation: str = "",
) -> str:
    """README.md of the exported folder.

    Args:
        evaluation: an evaluation.json of a run.
        note: what there is to say of this very run.
        stages: all that went into the weights, see `history`; empty: the run alone.
        distillation: the section that compares recipes, where they were compared.
    """
    recipe = evaluation["recipe"]
    stages = stages or [{"stage": evaluation["stage"], **evaluation["progress"]}]
    trained = ", then ".join(map(_stage, stages))
    size = f"{config.parameters / 1e6:.1f}"
    how = f"--per-skill {evaluation['scores'][0]['asked']}"
    if all(score["split"] == "held_out" for score in evaluation["scores"]):
        how += " --held-out-only"
    shares = ", ".join(f"{name} {share:.0%}" for name, (_, share) in SKILLS.items())
    tasks = ", ".join(f"{name} {share:.0%}" for name, (_, share) in TASKS.items())
    asked = evaluation["scores"][0]["asked"]
    heads = f"{config.num_heads}, {config.num_kv_heads}, {config.head_dim}"
    return f"""---
license: apache-2.0
language: [zh, en]
library_name: transformers
pipeline_tag: text-generation
---
# Embedded demonstration model

A `qwen2` of {size} million parameters, trained from scratch so that the app answers without any
download. **It is not Qwen2.5-0.5B** and shares no weights with it; for the real model run
`{REAL_MODEL}`.

内置演示模型：一个 {size} 百万参数的 `qwen2`，由本项目从零训练，让应用无需下载即可回答。
**它不是 Qwen2.5-0.5B**；使用真正的模型请运行 `{REAL_MODEL}`。

## What it does
Writes queries for questions about tables and reads texts into JSON, both under the grammars with
which the app decodes. Solves school mathematics step by step under the tutor's prompt: linear
equations and systems, percentages, fractions, ratios, powers, geometry, problems in words; the
tutor's guard computes what stands behind each sign of equality. Answers questions about itself and
the app ({len(INTENTS)} intents), translates everyday phrases into ten languages, explains basic
terms, writes short Python functions, and declines the rest. It was trained on nothing else.

为表格问题编写查询，并把文本读成 JSON（均在应用的语法约束下解码）；在辅导提示词下逐步解答中小学
数学题：一次方程与方程组、百分数、分数、比例、乘方、几何与应用题，等号后的数值由辅导的算术保护计算；
此外还能回答关于自己和应用的问题（{len(INTENTS)} 种意图）、把日常用语译成十种语言、解释基本概念、
编写简短的 Python 函数，并拒绝其余请求。

## Accuracy
Greedy answers. *Held out*: phrasing families and (where there are numbers) numbers that training
never showed; *seen*: phrasings and number ranges of the training data. Each figure is from {asked}
questions; the table's last column says what the share is without the aid that the app gives. To
measure them again: `python -m qwen_app.train evaluate --model assets/embedded {how}`.

{_tables(evaluation["scores"])}

- *Mathematics*: right when the answer states every key fact; *lines*: and the app's checker finds
  no line that fails, and nothing in the answer that it could not tie to the lines before. The aid
  is the arithmetic guard: behind plain arithmetic and a sign of equality a calculator writes the
  value. Without it the sums are the model's own. The equations that the page shows as examples are
  trained on more often, and are not among the held-out questions; a held-out equation may have been
  seen with its terms or sides in the other order.
- *Tables*: the query gives the result of the gold query. *JSON*: the whole document is right, every
  field. The aid is the grammar, and for JSON that names and numbers must stand in the text. Held
  out are names, values, columns and phrasings; the example table of the page is trained on and no
  part of the figures.
- *Language*: the answer states every key fact; a Python function passes its tests. Phrases and
  functions are learned by heart: held out are the ways of asking for them.

{distillation}
## Limits
- Outside these skills it should decline; sometimes it confidently answers something else.
- Mathematics of other kinds than those above, and problems in words told in other ways, are
  mostly set up wrongly: the checker sees wrong sums, but not a misread question.
- Tables: one query for one question. Extremes, counts, sums, averages, conditions, comparisons
  of two rows, groups. The app shows the query, so that a person can see what was asked.
- JSON: a document is always valid under its schema, but its contents must be checked: mostly some
  name in it is miscopied, or some field is read wrongly.
- Questions in Chinese and English only.
- Trained on conversations of up to {recipe["long_length"]} tokens, and on positions up to
  {config.max_position} by skipping; longer conversations are untested ground.

## Training
On one or two shared CPU cores: {trained}.
All text is generated by `qwen_app.train.data`: no web text, no other model's output.
Shares of the conversations: {tasks}; of the exchanges in the others: {shares}.

Muon ({recipe["muon_rate"]}) on matrices, AdamW ({recipe["adamw_rate"]}) on the rest; the rate
{_falling(recipe["decay_from"])}; loss on the answers only; documents
packed with a mask between them.

{note}

| | |
| --- | --- |
| layers, hidden, FFN | {config.num_layers}, {config.hidden_size}, {config.intermediate_size} |
| heads: query, key-value, size | {heads} |
| vocabulary, context | {config.vocab_size}, {config.max_position} |

Train anew: `python -m qwen_app.train pipeline`. License: Apache-2.0, for code, data and weights.
"""


def _stage(stage: dict[str, Any]) -> str:
    name = _STAGES.get(stage["stage"], stage["stage"])
    tokens, minutes = stage["tokens"] / 1e6, stage["seconds"] / 60
    return f"{name}, {tokens:.1f} million tokens in {stage['step']} steps ({minutes:.0f} minutes)"


def _falling(decay_from: float) -> str:
    if decay_from >= 1:
        return "stays as it is"
    return f"falls linearly from {decay_from:.0%} of the last stage on"


def _tables(scores: list[dict[str, Any]]) -> str:
    """A table for each group of skills that was measured."""
    parts = []
    for title, skills in GROUPS.items():
        own = [score for score in scores if score["skill"] in skills]
        if own:
            parts.append(f"### {title}\n{_table(own)}")
    return "\n\n".join(parts)


def _table(scores: list[dict[str, Any]]) -> str:
    cells = {(s["skill"], s["language"], s["split"]): s for s in scores}
    rows = [
        "| skill | language | held out | lines | seen | held out, without aid |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for skill, language in dict.fromkeys((s["skill"], s["language"]) for s in scores):
        held_out = cells.get((skill, language, "held_out"))
        seen = cells.get((skill, language, "train"))
        values = (
            _share(held_out, "right"),
            _share(held_out, "lines_right"),
            _share(seen, "right"),
            _share(held_out, "free_right"),
        )
        rows.append(f"| {skill} | {language} | {' | '.join(values)} |")
    return "\n".join(rows)


def _share(score: dict[str, Any] | None, of: str) -> str:
    """As per cent; empty where it was not measured."""
    if score is None or score.get(of) is None:
        return ""
    return f"{score[of] / score['asked']:.0%}"
