"""Questions about tables: their queries are of the language, run, and fit the app's grammar."""

import random
from itertools import islice
from pathlib import Path

import pytest

from qwen_app.decoding.constraint import start
from qwen_app.decoding.grammar import Lark
from qwen_app.features.tables.prompt import build_prompt
from qwen_app.features.tables.query.execute import execute
from qwen_app.features.tables.query.grammar import query_grammar
from qwen_app.features.tables.query.parse import parse as parse_query
from qwen_app.features.tables.query.write import write
from qwen_app.features.tables.table import NUMBERS
from qwen_app.text.tokenizer import Tokenizer
from qwen_app.train.data.example import Language, Split, is_held_out
from qwen_app.train.data.grammar import Sequence, count, parse
from qwen_app.train.data.table_asks import INTENTS
from qwen_app.train.data.table_draw import draw_table
from qwen_app.train.data.tables import Question, questions, table_conversation
from qwen_app.train.data.texts import read

FOLDER = Path(__file__).parents[2] / "assets" / "embedded"
SPLITS: tuple[Split, ...] = ("train", "held_out")
LANGUAGES: tuple[Language, ...] = ("zh", "en")


def some(split: Split, number: int) -> list[Question]:
    return list(islice(questions(split), number))


@pytest.mark.parametrize("split", SPLITS)
def test_queries_are_written_as_the_app_writes_them(split: Split) -> None:
    for each in some(split, 1500):
        assert write(parse_query(each.query)) == each.query
        assert "{" not in each.question
        assert each.question == each.question.strip() != ""


@pytest.mark.parametrize("split", SPLITS)
def test_queries_run_and_mostly_find_something(split: Split) -> None:
    results = [execute(each.query, each.table) for each in some(split, 150)]
    assert sum(not result.rows for result in results) < 15


def test_the_grammar_of_the_app_allows_every_query() -> None:
    tokenizer = Tokenizer.from_folder(FOLDER)
    for each in some("train", 60) + some("held_out", 60):
        constraint = start(Lark(query_grammar(each.table, each.question)), tokenizer)
        for token in tokenizer.encode_exactly(each.query):
            constraint.accept(token)


def test_all_intents_occur_in_both_languages() -> None:
    found = {(each.intent, each.language) for each in some("train", 4000)}
    assert found == {(intent, language) for intent in INTENTS for language in LANGUAGES}


def every(sequence: Sequence) -> list[str]:
    """All phrasings of a template, slots unfilled."""
    texts = [""]
    for part in sequence:
        ends = [part] if isinstance(part, str) else [e for o in part.options for e in every(o)]
        texts = [text + end for text in texts for end in ends]
    return texts


def bare(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum() or c in "{}")


def test_no_held_out_phrasing_can_be_composed_from_those_of_training() -> None:
    """Not even with other punctuation or spaces."""
    for intent, by_language in read("table_questions").items():
        for language, of in by_language.items():
            train = {bare(text) for template in of["train"] for text in every(parse(template))}
            for template in of["held_out"]:
                leaked = [text for text in every(parse(template)) if bare(text) in train]
                assert not leaked, (intent, language)


def test_an_intent_has_many_phrasings_and_held_out_ones_are_others() -> None:
    for intent, by_language in read("table_questions").items():
        for language in LANGUAGES:
            train = by_language[language]["train"]
            assert sum(map(count, train)) >= 12, (intent, language)
            assert by_language[language]["held_out"]
            assert not set(train) & set(by_language[language]["held_out"])


def test_values_of_one_split_are_not_in_the_other() -> None:
    for split in SPLITS:
        rng = random.Random(3)
        for _ in range(60):
            drawn = draw_table(rng, rng.choice(LANGUAGES), split)
            texts = drawn.name.column.texts
            own = [is_held_out("value", text) == (split == "held_out") for text in texts]
            # A pool may have a single value for a split: then others have to join it.
            assert all(own) or sum(own) < 2, texts


def test_columns_hold_what_their_kind_says() -> None:
    rng = random.Random(4)
    for _ in range(150):
        table = draw_table(rng, rng.choice(LANGUAGES), "train").table
        assert len({name.lower() for name in table.names}) == len(table.columns)
        for column in table.columns:
            assert len(column.texts) == len(column.values) == table.rows
            assert all((column.kind == "text") == isinstance(v, str) for v in column.values)
            if column.kind in NUMBERS:
                assert all(any(c.isdigit() for c in text) for text in column.texts)


def test_conversations_are_those_of_the_app() -> None:
    for number in range(60):
        messages = table_conversation(random.Random(number), LANGUAGES[number % 2])
        assert [m.role for m in messages[:3]] == ["system", "user", "assistant"]
        assert messages == table_conversation(random.Random(number), LANGUAGES[number % 2])
    each = some("train", 1)[0]
    assert build_prompt(each.table, each.question)[0].content.startswith("Write one SQL query")


def test_superlatives_order_the_right_way() -> None:
    """最年轻 and youngest ask for the smallest age, the greatest date of birth."""
    words = {
        "最年轻": {False}, "最年长": {True}, "最便宜": {False}, "最贵": {True},
        "youngest": {False}, "cheapest": {False}, "most expensive": {True}, "tallest": {True},
    }  # fmt: skip
    seen = set()
    for each in some("train", 6000):
        for word, downwards in words.items():
            born = any(w in each.query.lower() for w in ("出生", "生日", "birth", "born"))
            if each.intent == "extreme" and word in each.question and not born:
                assert {"DESC" in each.query} == downwards, each
                seen.add(word)
    assert len(seen) >= 5
