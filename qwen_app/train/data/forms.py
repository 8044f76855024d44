"""Answers of a wanted form: lists of so many things, yes or no, one of several, a table, code
alone, one sentence, the other language; and the roles of the prompt library around it.

A form is asked for as the library's templates do, in the system prompt, or in the question. What
the library checks, every answer here keeps.
"""

import random
from collections.abc import Callable
from dataclasses import replace

from qwen_app.messages import Message
from qwen_app.train.data.example import Exchange, Language, Split, is_held_out
from qwen_app.train.data.formed import Formed, composition, wished
from qwen_app.train.data.frames import phrased
from qwen_app.train.data.functions import function
from qwen_app.train.data.knowledge import definition
from qwen_app.train.data.phrases import PAIRS
from qwen_app.train.data.roles import engineered, in_role, translated
from qwen_app.train.data.texts import families, read

_IN_SYSTEM = 0.6
"""How often a form is asked for in the system prompt."""
_MOST_ITEMS = 8
_SENTENCE_END = {"zh": "。", "en": ". "}


def formed_conversation(
    rng: random.Random, language: Language, split: Split = "train"
) -> tuple[Message, ...]:
    one = formed(rng, language, split)
    return (*one.messages, Message("assistant", one.exchange.answer))


def formed(rng: random.Random, language: Language, split: Split) -> Formed:
    (draw,) = rng.choices(tuple(_DRAWN), weights=tuple(_DRAWN.values()))
    return draw(rng, language, split)


def _listed(rng: random.Random, language: Language, split: Split) -> Formed:
    group = rng.choice(read("lists"))
    kind = group[language]
    style = rng.choice(("numbered", "bulleted"))
    counts = [
        n
        for n in range(2, _MOST_ITEMS + 1)
        if is_held_out("list", group["en"]["name"], n) == (split == "held_out")
    ]
    count = rng.choice(counts or range(2, _MOST_ITEMS + 1))
    items = kind["items"][:count]
    question = phrased(
        families(read("format_questions")["list"])[language],
        rng,
        language,
        split,
        n=_numeral(count, language, rng),
        c=kind.get("counter", ""),
        w=kind.get("plural", kind["name"]),
    )
    composed = None
    if rng.random() < _IN_SYSTEM:
        variables = {"count": count}
        composed = composition(rng, language, format=f"{style}-list", variables=variables)
    else:
        question = wished(question, read("format_questions")["form"][language][style], rng)
    lines = [
        f"{number}. {item}" if style == "numbered" else f"- {item}"
        for number, item in enumerate(items, 1)
    ]
    facts = tuple((line,) for line in lines)
    return Formed(Exchange("forms", question, "\n".join(lines), language, facts), composed)


_NUMERALS = {
    "zh": ("", "一", "两", "三", "四", "五", "六", "七", "八"),
    "en": ("", "one", "two", "three", "four", "five", "six", "seven", "eight"),
}


def _numeral(count: int, language: Language, rng: random.Random) -> str:
    return str(count) if rng.random() < 0.5 else _NUMERALS[language][count]


def _yes_or_no(rng: random.Random, language: Language, split: Split) -> Formed:
    question, true = (_is_number if rng.random() < 0.4 else _is_kind)(rng, language, split)
    answers = ("是", "否") if language == "zh" else ("Yes", "No")
    composed = None
    if rng.random() < _IN_SYSTEM:
        composed = composition(rng, language, format="yes-no")
    else:
        question = wished(question, read("format_questions")["wish"][language]["yes_no"], rng)
    answer = answers[0] if true else answers[1]
    return Formed(Exchange("forms", question, answer, language, ((answer,),)), composed)


def _is_kind(rng: random.Random, language: Language, split: Split) -> tuple[str, bool]:
    group, other = rng.sample(read("lists"), 2)
    true = rng.random() < 0.5
    item = rng.choice((group if true else other)[language]["items"])
    return _asked_is(item, group[language]["name"], rng, language, split), true


def _is_number(rng: random.Random, language: Language, split: Split) -> tuple[str, bool]:
    names, holds = rng.choice(_NUMBERS)
    numbers = [n for n in range(2, 60) if is_held_out("is", names[1], n) == (split == "held_out")]
    true = rng.random() < 0.5
    number = rng.choice([n for n in numbers if holds(n) == true] or numbers)
    return _asked_is(str(number), names[language == "en"], rng, language, split), holds(number)


_NUMBERS: tuple[tuple[tuple[str, str], Callable[[int], bool]], ...] = (
    (("质数", "prime number"), lambda n: all(n % i for i in range(2, n))),
    (("偶数", "even number"), lambda n: n % 2 == 0),
    (("奇数", "odd number"), lambda n: n % 2 == 1),
)


def _asked_is(item: str, name: str, rng: random.Random, language: Language, split: Split) -> str:
    article = "an" if name[0] in "aeiou" else "a"
    asked = families(read("format_questions")["is_a"])[language]
    return phrased(asked, rng, language, split, x=item, w=name, a=f"{article} {name}")


def _chosen(rng: random.Random, language: Language, split: Split) -> Formed:
    if rng.random() < 0.5:
        question, options, answer = _review(rng, language, split)
    else:
        groups = rng.sample(read("lists"), rng.randint(2, 4))
        options = [group[language]["name"] for group in groups]
        chosen = rng.choice(groups)[language]
        asked = families(read("format_questions")["kind_of"])[language]
        question = phrased(asked, rng, language, split, x=rng.choice(chosen["items"]))
        answer = chosen["name"]
    composed = None
    if rng.random() < _IN_SYSTEM:
        composed = composition(rng, language, format="choice", variables={"options": options})
    else:
        wishes = read("format_questions")["wish"][language]["choice"]
        joined = ("、" if language == "zh" else ", ").join(options)
        question = wished(question, wishes, rng).replace("{o}", joined)
    return Formed(Exchange("forms", question, answer, language, ((answer,),)), composed)


_RATINGS = {"zh": ("好评", "差评", "中评"), "en": ("positive", "negative", "neutral")}


def _review(rng: random.Random, language: Language, split: Split) -> tuple[str, list[str], str]:
    words = read("format_questions")["review"]
    kind = rng.choice(("good", "bad", "fair"))
    rating = _RATINGS[language][("good", "bad", "fair").index(kind)]
    count = rng.choice((1, 1, 2))
    said = [
        f"{thing}{'' if language == 'zh' else ' '}{rng.choice(words[kind][language])}"
        for thing in rng.sample(words["things"][language], count)
    ]
    text = ("，" if language == "zh" else ", and ").join(
        said if language == "zh" else [said[0], *(one[:1].lower() + one[1:] for one in said[1:])]
    )
    options = list(_RATINGS[language])
    rng.shuffle(options)
    asked = families({each: words[each] for each in ("zh", "en")})[language]
    question = phrased(asked, rng, language, split, opened=False, x=text)
    return question, options, rating


def _table(rng: random.Random, language: Language, split: Split) -> Formed:
    pairs = rng.sample([p for p in PAIRS if len(p[0]) < 4], rng.randint(2, 4))
    columns = ["中文", "英文"] if language == "zh" else ["Chinese", "English"]
    words = [zh for zh, _ in pairs]
    asked = families(read("format_questions")["pairs"])[language]
    joined = ("、" if language == "zh" else ", ").join(words)
    question = phrased(asked, rng, language, split, x=joined)
    composed = None
    if rng.random() < _IN_SYSTEM:
        composed = composition(rng, language, format="table", variables={"columns": columns})
    lines = [f"| {columns[0]} | {columns[1]} |", "| --- | --- |"]
    lines += [f"| {zh} | {en} |" for zh, en in pairs]
    facts = tuple((f"| {zh} | {en} |",) for zh, en in pairs)
    return Formed(Exchange("forms", question, "\n".join(lines), language, facts), composed)


def _code(rng: random.Random, language: Language, split: Split) -> Formed:
    exchange = function(rng, language, split)
    answer = exchange.answer[: exchange.answer.rindex("```") + 3]
    composed = composition(rng, language, format="code-only")
    return Formed(replace(exchange, skill="forms", answer=answer), composed)


def _one_sentence(rng: random.Random, language: Language, split: Split) -> Formed:
    exchange = definition(rng, language, split)
    end = _SENTENCE_END[language]
    answer = exchange.answer.split(end)[0].rstrip("。.") + end.strip()
    exchange = replace(exchange, skill="forms", answer=answer, facts=((answer[:10],),))
    if rng.random() < _IN_SYSTEM:
        variables = {"sentence_limit": 1}
        return Formed(exchange, composition(rng, language, length="sentences", variables=variables))
    wishes = read("format_questions")["wish"][language]["short"]
    question = wished(exchange.question, wishes, rng)
    return Formed(replace(exchange, question=question), None)


def _other_language(rng: random.Random, language: Language, split: Split) -> Formed:
    """A definition, asked for in one language and answered in the other."""
    state = rng.getstate()
    asked = definition(rng, language, split)
    after = rng.getstate()
    rng.setstate(state)  # the same concept, whose number is drawn first
    other: Language = "en" if language == "zh" else "zh"
    answered = definition(rng, other, split)
    rng.setstate(after)
    name = "english" if language == "zh" else "chinese"
    question = wished(asked.question, read("format_questions")["wish"][language][name], rng)
    return Formed(replace(answered, skill="forms", question=question, language=language), None)


_DRAWN: dict[Callable[[random.Random, Language, Split], Formed], float] = {
    _listed: 0.26,
    _yes_or_no: 0.16,
    _chosen: 0.16,
    _table: 0.08,
    _code: 0.06,
    _one_sentence: 0.12,
    _other_language: 0.06,
    in_role: 0.1,
    translated: 0.1,
    engineered: 0.04,
}
