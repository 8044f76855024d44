"""Answers that may call functions: whatever the model would like to say, the calls are whole."""

import json
import random
import re
from collections.abc import Callable
from typing import Any

import pytest
import tokenizers
from tokenizers import AddedToken

from qwen_app.decoding import tool_constraint
from qwen_app.decoding.constraint import Supervisor, start
from qwen_app.decoding.json_schema.spec import JsonSchema
from qwen_app.decoding.tools import CLOSE, MOST_CALLS, OPEN, Function, ToolCalls
from qwen_app.errors import GenerationFailed, InvalidConstraint
from qwen_app.text.tokenizer import Tokenizer
from tests.decoding.walks import allowed_by
from tests.tokenizers_for_tests import tiny_tokenizer_folder

WEATHER = {
    "type": "object",
    "properties": {"city": {"type": "string", "maxLength": 12}, "days": {"enum": [1, 2, 3]}},
    "required": ["city"],
    "additionalProperties": False,
}
NOTHING = {"type": "object", "properties": {}, "additionalProperties": False}
SCHEMAS: dict[str, dict[str, Any]] = {"get_weather": WEATHER, "get": NOTHING, "get_we": NOTHING}
FUNCTIONS = tuple(Function(name, JsonSchema.of(schema)) for name, schema in SCHEMAS.items())
HEAD = re.compile(r'\n\{"name": "([a-z_]+)", "arguments": ')


@pytest.fixture(scope="module", params=["spelled", "one token"])
def words(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Tokenizer:
    """A vocabulary in which the markers are text like any other, and one like Qwen2.5's."""
    folder = tiny_tokenizer_folder(tmp_path_factory.mktemp("tokenizer"))
    backend = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    if request.param == "one token":
        backend.add_tokens([AddedToken(text, normalized=False) for text in (OPEN, CLOSE)])
    return Tokenizer(backend)


Choose = Callable[[list[int], bytes], int]


def walk(constraint: Supervisor, tokenizer: Tokenizer, choose: Choose, budget: int) -> str:
    """An answer as the decode loop makes it: its text. It may not need more than the budget."""
    constraint.limit(budget)
    out: list[int] = []
    while not constraint.done:
        assert len(out) < budget
        forced = list(constraint.forced())
        if forced:
            token = forced[0]
        else:
            data = b"".join(map(tokenizer.token_bytes, out))
            token = choose(allowed_by(constraint, tokenizer), data)
            if constraint.turns_down(token):
                token = constraint.forced()[0]
        constraint.accept(token)
        assert constraint.take_back() == 0
        assert constraint.certain == len(out) + 1
        if token in tokenizer.eos_ids:
            break
        out.append(token)
        if len(out) == budget and not constraint.done:
            break  # free text that is cut off
    return b"".join(map(tokenizer.token_bytes, out)).decode("utf-8", "replace")


def at_random(seed: int) -> Choose:
    choice = random.Random(seed).choice
    return lambda allowed, _: choice(allowed)


def saying(text: str, tokenizer: Tokenizer, then: Choose) -> Choose:
    """Say ``text`` where it is allowed, then something else."""

    def choose(allowed: list[int], said: bytes) -> int:
        rest = text.encode()[len(said) :]
        if text.encode().startswith(said) and rest:
            fitting = [t for t in allowed if (b := tokenizer.token_bytes(t)) and rest.startswith(b)]
            if fitting:
                return max(fitting, key=lambda token: len(tokenizer.token_bytes(token)))
        return then(allowed, said)

    return choose


def calls_in(answer: str) -> list[tuple[str, Any]]:
    """Every call of an answer, each checked to the last character."""
    _, *rest = answer.split(OPEN)
    calls = []
    for place, piece in enumerate(rest):
        found = HEAD.match(piece)
        assert found, piece
        arguments, end = json.JSONDecoder().raw_decode(piece[found.end() :])
        last = place == len(rest) - 1
        assert piece[found.end() + end :] == "}\n" + CLOSE + ("" if last else "\n")
        calls.append((found[1], arguments))
    return calls


def started(spec: ToolCalls, tokenizer: Tokenizer) -> Supervisor:
    constraint = start(spec, tokenizer)
    assert isinstance(constraint, Supervisor)
    return constraint


def valid(name: str, arguments: Any) -> bool:
    return (
        not arguments
        if SCHEMAS[name] is NOTHING
        else set(arguments) <= {"city", "days"}
        and len(arguments["city"]) <= 12
        and arguments.get("days", 1) in (1, 2, 3)
    )


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("budget", [45, 60, 120, 1000])
def test_a_required_call_is_whole_and_valid(words: Tokenizer, seed: int, budget: int) -> None:
    answer = walk(started(ToolCalls(FUNCTIONS, True), words), words, at_random(seed), budget)
    assert answer.startswith(OPEN)
    calls = calls_in(answer)
    assert 1 <= len(calls) <= MOST_CALLS
    assert all(valid(*call) for call in calls)


@pytest.mark.parametrize("seed", range(8))
def test_without_parallel_calls_there_is_one(words: Tokenizer, seed: int) -> None:
    spec = ToolCalls(FUNCTIONS, required=True, parallel=False)
    assert len(calls_in(walk(started(spec, words), words, at_random(seed), 500))) == 1


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_function_can_be_called(words: Tokenizer, name: str) -> None:
    text = f'{OPEN}\n{{"name": "{name}", "arguments": '
    choose = saying(text, words, at_random(1))
    answer = walk(started(ToolCalls(FUNCTIONS, True), words), words, choose, 300)
    assert answer.startswith(text)


def test_a_function_is_named_without_being_asked(words: Tokenizer) -> None:
    """All of a single function's call but its arguments is forced."""

    def never(allowed: list[int], said: bytes) -> int:
        raise AssertionError((allowed, said))

    spec = ToolCalls((FUNCTIONS[1],), required=True, parallel=False)
    answer = walk(started(spec, words), words, never, 200)
    assert answer == f'{OPEN}\n{{"name": "get", "arguments": {{}}}}\n{CLOSE}'


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("text", ["", "好的，我来查一下。\n", "a <tool_cal", "<<tool_ <"])
def test_after_the_marker_a_call_follows(words: Tokenizer, text: str, seed: int) -> None:
    choose = saying(text + OPEN, words, at_random(seed))
    answer = walk(started(ToolCalls(FUNCTIONS), words), words, choose, 400)
    assert answer.startswith(text + OPEN)
    assert all(valid(*call) for call in calls_in(answer))


@pytest.mark.parametrize("seed", range(6))
def test_text_without_a_marker_is_free(words: Tokenizer, seed: int) -> None:
    answer = walk(started(ToolCalls(FUNCTIONS), words), words, at_random(seed), 300)
    calls_in(answer)
    end = {*words.eos_ids}
    assert end <= set(allowed_by(started(ToolCalls(FUNCTIONS), words), words))


def test_where_a_call_has_no_room_there_is_no_marker(words: Tokenizer) -> None:
    budget = 16 + len(words.encode(OPEN))
    choose = saying("x" * 5 + OPEN, words, at_random(3))
    assert OPEN not in walk(started(ToolCalls(FUNCTIONS), words), words, choose, budget)


@pytest.mark.parametrize("seed", range(5))
def test_without_functions_there_is_no_marker(words: Tokenizer, seed: int) -> None:
    constraint = start(ToolCalls(()), words)
    assert not isinstance(constraint, Supervisor)  # it may be cut anywhere
    said = b""
    for _ in range(60):
        choose = saying("<tool_" * seed + OPEN, words, at_random(seed))
        token = choose(allowed_by(constraint, words), said)
        constraint.accept(token)
        said += words.token_bytes(token)
    assert OPEN.encode() not in said
    assert OPEN[:-1].encode() in said
    assert not constraint.done


def test_a_call_that_has_no_room_is_refused(words: Tokenizer) -> None:
    constraint = started(ToolCalls(FUNCTIONS, required=True), words)
    with pytest.raises(InvalidConstraint) as caught:
        constraint.limit(5)
    assert caught.value.param == "max_tokens"
    (least,) = re.findall(r"needs (\d+)", caught.value.en)
    answer = walk(started(ToolCalls(FUNCTIONS, True), words), words, at_random(0), int(least))
    assert [name for name, _ in calls_in(answer)] == ["get"]
    with pytest.raises(InvalidConstraint):
        started(ToolCalls(FUNCTIONS, True), words).limit(int(least) - 1)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("begin", ['{"city":"', OPEN, ""])
def test_a_document_or_a_call(words: Tokenizer, begin: str, seed: int) -> None:
    spec = ToolCalls(FUNCTIONS, answer=JsonSchema.of(WEATHER))
    choose = saying(begin, words, at_random(seed))
    answer = walk(started(spec, words), words, choose, 200)
    if answer.startswith("{"):
        assert begin != OPEN
        assert valid("get_weather", json.loads(answer))
    else:
        assert not begin.startswith("{")
        assert calls_in(answer)


def test_a_function_whose_schema_cannot_be_used_is_named(words: Tokenizer) -> None:
    bad = Function("second", JsonSchema.of({"type": "nonsense"}))
    with pytest.raises(InvalidConstraint) as caught:
        start(ToolCalls((FUNCTIONS[0], bad)), words)
    assert caught.value.param == "functions[1]"
    assert "second" in caught.value.en
    assert "second" in caught.value.zh


def test_functions_that_are_too_much_work_are_refused(
    words: Tokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tool_constraint, "_MOST_SECONDS", 0.0)
    with pytest.raises(InvalidConstraint) as caught:
        start(ToolCalls(FUNCTIONS), words)
    assert caught.value.param == "functions"


def test_what_is_not_allowed_is_not_accepted(words: Tokenizer) -> None:
    constraint = started(ToolCalls(FUNCTIONS, required=True), words)
    constraint.limit(100)
    (wrong,) = words.encode("x")
    with pytest.raises(GenerationFailed):
        constraint.accept(wrong)
