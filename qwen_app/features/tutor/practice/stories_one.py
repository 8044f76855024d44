"""Word problems of one step."""

import random

from qwen_app.features.tutor.practice.people import thing, two_names
from qwen_app.features.tutor.practice.problem import Problem, Words, step
from qwen_app.features.tutor.practice.telling import count, story, thing_slots


def more(rng: random.Random) -> Problem:
    """a and b together."""
    a, b, what = rng.randint(2, 99), rng.randint(2, 60), thing(rng)
    who, _ = two_names(rng)
    return story(
        "story_more",
        1,
        Words(
            f"{who.zh}有 {a} {what.measure}{what.zh}，又买了 {b} {what.measure}，"
            f"现在一共有多少{what.measure}？",
            f"{who.en} has {a} {what.en} and buys {b} more. How many {what.en} does {who.en} "
            "have now?",
        ),
        (
            step(
                "现在的数量",
                "How many now",
                f"{a} + {b} = {a + b}",
                "又买了，用加法",
                "more are added",
            ),
        ),
        count(a + b, what.counted),
        {"who": who, "a": str(a), "b": str(b), **thing_slots(what)},
    )


def fewer(rng: random.Random) -> Problem:
    """b of a are given away."""
    a, what = rng.randint(5, 99), thing(rng)
    b = rng.randint(1, a - 1)
    who, other = two_names(rng)
    return story(
        "story_fewer",
        1,
        Words(
            f"{who.zh}有 {a} {what.measure}{what.zh}，送给{other.zh} {b} {what.measure}，"
            f"还剩多少{what.measure}？",
            f"{who.en} has {a} {what.en} and gives {b} of them to {other.en}. "
            f"How many {what.en} are left?",
        ),
        (
            step(
                "剩下的数量",
                "How many are left",
                f"{a} - {b} = {a - b}",
                "送出去，用减法",
                "some are given away",
            ),
        ),
        count(a - b, what.counted),
        {"who": who, "other": other, "a": str(a), "b": str(b), **thing_slots(what)},
    )


def boxes(rng: random.Random) -> Problem:
    n, each, what = rng.randint(2, 20), rng.randint(2, 30), thing(rng)
    who, _ = two_names(rng)
    return story(
        "story_boxes",
        1,
        Words(
            f"{who.zh}买了 {n} 盒{what.zh}，每盒 {each} {what.measure}，一共有多少{what.measure}？",
            f"{who.en} buys {n} boxes with {each} {what.en} each. How many {what.en} are there "
            "in total?",
        ),
        (
            step(
                "总数",
                "In total",
                f"{n} × {each} = {n * each}",
                "每盒一样多，用乘法",
                "each box holds the same",
            ),
        ),
        count(n * each, what.counted),
        {"who": who, "n": str(n), "a": str(each), **thing_slots(what)},
    )


def shares(rng: random.Random) -> Problem:
    n, each, what = rng.randint(2, 12), rng.randint(2, 20), thing(rng)
    return story(
        "story_shares",
        1,
        Words(
            f"把 {n * each} {what.measure}{what.zh}平均分给 {n} 个小朋友，"
            f"每人分到多少{what.measure}？",
            f"{n * each} {what.en} are shared equally among {n} children. How many {what.en} does "
            "each child get?",
        ),
        (
            step(
                "每人分到",
                "Each child gets",
                f"{n * each} ÷ {n} = {each}",
                "平均分，用除法",
                "equal shares",
            ),
        ),
        count(each, what.counted),
        {"n": str(n), "a": str(n * each), **thing_slots(what)},
    )
