"""A question about a table: several queries are drawn, run, and the one whose result most of
them share is the answer.

    answer = ask(engine, TableTask(table, "谁是最年轻的人？"))
    answer.status, answer.sentence.text, answer.chosen.query

A small model that writes a wrong query seldom writes it twice with the same result, so agreement
of *results* tells right answers from wrong ones better than the model's own certainty. Where they
do not agree, or the query finds nothing, the answer says so and offers the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, Literal, Protocol

from qwen_app.decoding.grammar import Lark
from qwen_app.engine.stream import Stream
from qwen_app.errors import AppError, ContextTooLong, InvalidInput
from qwen_app.features.tables.answer import Sentence, say
from qwen_app.features.tables.prompt import Turn, build_prompt
from qwen_app.features.tables.query.database import Database
from qwen_app.features.tables.query.execute import Result, execute_on
from qwen_app.features.tables.query.fold import fold
from qwen_app.features.tables.query.grammar import query_grammar
from qwen_app.features.tables.query.link import mentions
from qwen_app.features.tables.query.parse import parse
from qwen_app.features.tables.query.write import write
from qwen_app.features.tables.table import Table
from qwen_app.features.task import CountTokens, Prepared
from qwen_app.features.verdict import Verdict
from qwen_app.messages import Receipt, Request, SamplingParams

SAMPLES: Final = 6
TEMPERATURE: Final = 0.7
QUERY_TOKENS: Final = 256
"""The longest query that the grammar of an ordinary table allows has fewer."""
LONGEST_QUESTION: Final = 1000
_AGREED: Final = 0.5
"""Share of all queries, the greedy one among them, that must share a result."""

Status = Literal["agreed", "disagreed", "failed"]
"""``agreed``: more than half of the queries give the chosen result. ``disagreed``: another result
has nearly as many, or the likeliest query found nothing; the alternatives are worth a look.
``failed``: no query gave anything."""


class Engine(Protocol):
    """What is needed of `qwen_app.engine.base.Engine`."""

    def stream(self, request: Request) -> Stream: ...


@dataclass(frozen=True, slots=True)
class Candidate:
    """A query that was drawn, with what it gave."""

    query: str
    votes: int
    """How many of the drawn queries gave the same result."""
    is_greedy: bool
    """Whether the model's likeliest query is among those."""
    result: Result
    sentence: Sentence


@dataclass(frozen=True, slots=True)
class TableAnswer:
    """What came of a question.

    Attributes:
        status: see `Status`.
        confidence: share of the drawn queries that gave the chosen result; 0 to 1.
        chosen: None if the status is ``failed``.
        alternatives: other results, the most frequent first; also empty ones, but none that
            reads like the chosen one.
        failures: what was wrong with queries that gave no result, each once.
        drawn: how many queries there were.
        receipts: of the generator, the greedy one first.
    """

    question: str
    status: Status
    confidence: float
    chosen: Candidate | None
    alternatives: tuple[Candidate, ...]
    failures: tuple[AppError, ...]
    drawn: int
    receipts: tuple[Receipt, ...] = ()

    @property
    def sentence(self) -> Sentence | None:
        return None if self.chosen is None else self.chosen.sentence

    @property
    def turn(self) -> Turn | None:
        """What a follow-up question needs to know of this one."""
        return None if self.chosen is None else Turn(self.question, self.chosen.query)

    @property
    def verdict(self) -> Verdict:
        return _verdict(self)


@dataclass(frozen=True, slots=True)
class TableTask:
    """A question about a table, to be answered by a query.

    Args:
        turns: earlier questions and the queries that answered them, for follow-ups.
        samples: queries drawn besides the likeliest one.
        guide: explain the language in the prompt: for models that were not trained on it.
        seed: of the first sample; None draws one.
    """

    table: Table
    question: str
    turns: tuple[Turn, ...] = ()
    samples: int = SAMPLES
    temperature: float = TEMPERATURE
    guide: bool = False
    seed: int | None = None

    def prepare(
        self, *, defaults: SamplingParams, context_length: int, count_tokens: CountTokens
    ) -> Prepared:
        """The request for the samples; `greedy` makes that of the likeliest query of it.

        The model's own sampling parameters are left aside but for its stop tokens: a penalty on
        repetition would keep it from writing a column's name twice.

        Raises:
            InvalidInput: no question, or one that is too long.
            ContextTooLong: the table has too many columns for this model's context.
        """
        self._check()
        found = mentions(self.table, self.question)
        grammar = Lark(query_grammar(self.table, self.question, found=found))
        sampling = SamplingParams(
            temperature=self.temperature,
            top_p=0.95,
            max_tokens=QUERY_TOKENS,
            seed=self.seed,
            stop_token_ids=defaults.stop_token_ids,
        )
        for dropped in range(len(self.turns) + 1):
            messages = build_prompt(
                self.table, self.question, self.turns[dropped:], guide=self.guide, found=found
            )
            if count_tokens(messages) + QUERY_TOKENS <= context_length:
                return Prepared(Request(messages, sampling, grammar, n=self.samples), dropped)
        raise ContextTooLong(
            f"The table has {len(self.table.columns)} columns, and with the question they do not"
            f" fit this model's context of {context_length} tokens. Leave columns out, or write"
            " the query yourself.",
            f"表格共有 {len(self.table.columns)} 列，连同问题超出了该模型 {context_length} 个 token"
            "的上下文。请减少列数，或自行编写查询。",
            param="table",
        )

    def verify(self, text: str) -> Verdict:
        """What running one query shows."""
        return self.choose([text]).verdict

    def choose(self, texts: Sequence[str], *, receipts: Sequence[Receipt] = ()) -> TableAnswer:
        """The answer from the queries that the model wrote, the likeliest one first. Never
        raises because of what they are."""
        return _choose(self.table, self.question, texts, tuple(receipts))

    def _check(self) -> None:
        if not self.question.strip():
            raise InvalidInput("There is no question.", "请输入一个问题。", param="question")
        if len(self.question) > LONGEST_QUESTION:
            raise InvalidInput(
                f"The question has {len(self.question)} characters; at most {LONGEST_QUESTION}"
                " are allowed.",
                f"问题共有 {len(self.question)} 个字符，最多允许 {LONGEST_QUESTION} 个。",
                param="question",
            )


def greedy(request: Request) -> Request:
    """The same request for the likeliest answer alone."""
    return replace(request, sampling=replace(request.sampling, temperature=0.0), n=1)


def ask(engine: Engine, task: TableTask, prepared: Prepared) -> TableAnswer:
    """Draw the queries, in one batch, and choose.

    Args:
        prepared: ``task.prepare(...)`` with what the engine says of its model.

    Raises:
        AppError: what the engine raises.
    """
    requests = [greedy(prepared.request)]
    if prepared.request.n > 0:
        requests.append(prepared.request)
    texts, receipts = draw(engine, requests)
    return task.choose(texts, receipts=receipts)


def draw(engine: Engine, requests: Sequence[Request]) -> tuple[list[str], list[Receipt]]:
    """The finished answers to all requests, which run side by side, in order. One that was cut
    off at max_tokens is an empty text: half a query is none.

    Raises:
        AppError: what the engine raises; the other requests are ended.
    """
    streams: list[Stream] = []
    try:
        streams += (engine.stream(request) for request in requests)
        texts: list[str] = []
        receipts: list[Receipt] = []
        for request, stream in zip(requests, streams, strict=True):
            pieces = [""] * request.n
            for delta in stream:
                pieces[delta.index] += delta.text
                if delta.receipt is not None:
                    receipts.append(delta.receipt)
                if delta.finish_reason == "length":
                    pieces[delta.index] = ""
            texts += pieces
        return texts, receipts
    finally:
        for stream in streams:
            stream.close()


def _choose(
    table: Table, question: str, texts: Sequence[str], receipts: tuple[Receipt, ...]
) -> TableAnswer:
    known: dict[str, Result | AppError] = {}
    with Database(table) as database:
        runs = [_run(text, database, known) for text in texts]
    groups: dict[object, list[int]] = {}
    failures: dict[str, AppError] = {}
    for at, run in enumerate(runs):
        if isinstance(run, AppError):
            failures.setdefault(run.en, run)
        else:
            groups.setdefault(result_key(run), []).append(at)
    candidates = [_candidate(question, table, members, runs) for members in groups.values()]
    # The most votes first; the likeliest query decides between equals.
    candidates.sort(key=lambda each: (-each.votes, not each.is_greedy))
    full = [each for each in candidates if not each.result.is_empty]
    chosen = full[0] if full else None
    drawn = len(texts)
    share = chosen.votes / drawn if chosen else 0.0
    status: Status = "failed"
    if chosen is not None:
        leads = chosen is candidates[0]
        status = "agreed" if leads and share > _AGREED else "disagreed"
    return TableAnswer(
        question=question,
        status=status,
        confidence=share,
        chosen=chosen,
        alternatives=tuple(
            each
            for each in candidates
            if chosen is None or each.sentence.text != chosen.sentence.text
        ),
        failures=tuple(failures.values()),
        drawn=drawn,
        receipts=receipts,
    )


def _run(text: str, database: Database, known: dict[str, Result | AppError]) -> Result | AppError:
    """What a query gives, run once however often it was drawn."""
    if text not in known:
        try:
            query = write(parse(text))
            if query not in known:
                known[query] = execute_on(query, database)
            known[text] = known[query]
        except AppError as error:
            known[text] = error
    return known[text]


def _candidate(
    question: str, table: Table, members: list[int], runs: Sequence[Result | AppError]
) -> Candidate:
    results = [run for at in members if isinstance(run := runs[at], Result)]
    counts = {result.text: 0 for result in results}
    for result in results:
        counts[result.text] += 1
    # The likeliest query if it is among them, else the most frequent, else the shortest.
    best = (
        results[0]
        if members[0] == 0
        else min(results, key=lambda result: (-counts[result.text], len(result.text)))
    )
    sentence = say(question, table, best)
    return Candidate(best.text, len(members), members[0] == 0, best, sentence)


def result_key(result: Result) -> object:
    """Equal for results that say the same: a list without an order in any order, texts folded,
    numbers to nine digits."""
    rows = [tuple(map(_key, row)) for row in result.rows]
    return tuple(rows) if result.query.order else tuple(sorted(rows, key=repr))


def _key(value: object) -> object:
    if isinstance(value, str):
        return fold(value)
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return float(f"{float(value):.9g}")
    return value


def _verdict(answer: TableAnswer) -> Verdict:
    if answer.chosen is None:
        return Verdict(
            "unchecked",
            "No query gave a result, so there is no answer. Ask in other words, or write the"
            " query yourself.",
            "没有查询得到结果，因此没有答案。请换一种问法，或自行编写查询。",
            is_shown=True,
        )
    votes, drawn = answer.chosen.votes, answer.drawn
    cells = len(answer.chosen.sentence.cells)
    if answer.status == "agreed":
        return Verdict(
            "right",
            f"Computed from the table by the query below ({cells} cells); {votes} of {drawn}"
            " queries agree. Whether the query asks what you meant, only you can tell.",
            f"由下方查询从表格计算得出（涉及 {cells} 个单元格）；{drawn} 条查询中有 {votes} 条结果"
            "一致。查询是否符合您的本意，请您确认。",
            is_shown=True,
            claim="computed",
        )
    return Verdict(
        "unchecked",
        f"Computed from the table, but only {votes} of {drawn} queries agree: look at the query"
        " and at the alternatives.",
        f"由表格计算得出，但 {drawn} 条查询中只有 {votes} 条结果一致：请查看查询与其他可能的答案。",
        is_shown=True,
    )
