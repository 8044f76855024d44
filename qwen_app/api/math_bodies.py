"""The bodies of /v1/math/solve and /v1/math/check, and those that they answer with."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from qwen_app.api.requests import MAX_INT, Wire
from qwen_app.api.responses import ReceiptBody

LanguageName = Literal["en", "zh"]


class SolveRequest(Wire):
    model: str | None = Field(
        default=None,
        description="A name from /v1/models. Absent or `default`: the model that is loaded.",
    )
    problem: str
    language: LanguageName | None = Field(
        default=None, description="Of the solution. Absent: that of the problem."
    )
    hints: bool = Field(default=False, description="Add hints, the last of which has the answer.")
    guard: bool = Field(
        default=True, description="Values of plain arithmetic are calculated, not generated."
    )
    rewrites: Annotated[int, Field(ge=0, le=100)] = Field(
        default=4, description="Lines that are written anew at most, where they fail."
    )
    solutions: Annotated[int, Field(ge=1, le=MAX_INT)] | None = Field(
        default=None,
        description="Solutions that are compared. Absent: 5 for a problem in words; one, and others"
        " only if it cannot be verified, for a problem that states its equations.",
    )
    limit: Annotated[int, Field(ge=1, le=MAX_INT)] | None = Field(
        default=None, description="Most characters of the solution."
    )
    temperature: Annotated[float, Field(ge=0, le=2)] = Field(
        default=0.0, description="Of the first solution; the others are always drawn."
    )
    seed: Annotated[int, Field(ge=-(2**63), lt=2**63)] | None = None
    max_tokens: Annotated[int, Field(ge=1, le=MAX_INT)] | None = None


class CheckRequest(Wire):
    """Exactly one of `steps` and `answer` says what is checked."""

    model: str | None = Field(
        default=None, description="Who comments; as in /v1/math/solve. Only with `comment`."
    )
    problem: str = Field(
        default="", description="May be left out with `steps` that say all there is to say."
    )
    steps: str | None = Field(default=None, description="A student's solution, one step a line.")
    answer: str | None = Field(default=None, description="A student's final answer.")
    expected: str | None = Field(
        default=None,
        description="The right answer, for `answer`. Absent: that of the algebra system, if the"
        " problem states its equations.",
    )
    comment: bool = Field(
        default=False,
        description="Let the model comment on the first wrong step. Nothing verifies its words.",
    )
    language: LanguageName | None = Field(default=None, description="Of the comment.")


class Said(BaseModel):
    en: str
    zh: str


class FindingBody(Said):
    status: Literal["holds", "fails", "unchecked"]
    reason: str
    expected: str | None
    start: int
    end: int


class LineBody(BaseModel):
    number: int = Field(description="From 0.")
    role: Literal["opening", "step", "check", "answer"]
    text: str
    status: Literal["holds", "fails", "unchecked"]
    findings: list[FindingBody]
    computed: list[tuple[int, int]] = Field(
        description="Characters, from and to, that a calculator filled in."
    )
    attempts: int = Field(description="How often the line was written.")


class MathVerdict(Said):
    status: Literal["right", "wrong", "unchecked"]


class OtherAnswer(BaseModel):
    answer: str
    solutions: int


class AgreementBody(BaseModel):
    drawn: int = Field(description="Solutions that came to an answer.")
    sound: int = Field(description="Of those, the ones in which no line fails.")
    agreeing: int = Field(description="Of the sound ones, those with this answer.")
    others: list[OtherAnswer]


class ReferenceBody(BaseModel):
    text: str
    latex: str


class HintBody(BaseModel):
    text: str
    gives_answer: bool


State = Literal["verified", "partly", "unverified", "wrong"]


class SolutionBody(BaseModel):
    id: str
    object: Literal["math.solution"]
    created: int
    model: str
    language: LanguageName
    answer: str | None = Field(description="The final answer as plain text.")
    state: State
    verdict: MathVerdict
    text: str = Field(description="The whole solution in Markdown.")
    lines: list[LineBody]
    hints: list[HintBody] | None = Field(default=None, description="Only if they were wanted.")
    agreement: AgreementBody | None = Field(
        description="Null where one solution was enough to verify the answer."
    )
    reference: ReferenceBody | None = Field(
        description="What the algebra system finds by itself, where the problem states its"
        " equations."
    )
    rewritten: int
    computed: int = Field(description="Values that a calculator filled in.")
    truncated: bool
    receipts: list[ReceiptBody] = Field(description="The first is that of this solution.")


class EquivalenceBody(Said):
    match: Literal["equal", "unsimplified", "different", "incomplete", "unreadable"]
    is_right: bool


class CheckBody(BaseModel):
    id: str
    object: Literal["math.check"]
    created: int
    model: str | None = Field(description="Who commented; null if nobody did.")
    state: State | None = Field(default=None, description="Of `steps`.")
    verdict: MathVerdict
    lines: list[LineBody] | None = Field(default=None, description="Of `steps`.")
    first_wrong: int | None = Field(default=None, description="Number of the first wrong line.")
    explanation: Said | None = Field(
        default=None, description="What is wrong with that line, from the check alone."
    )
    comment: str | None = Field(default=None, description="The model's words; not verified.")
    equivalence: EquivalenceBody | None = Field(default=None, description="Of `answer`.")
    expected: str | None = Field(default=None, description="What `answer` was compared with.")
    receipt: ReceiptBody | None = Field(default=None, description="Of the comment.")
