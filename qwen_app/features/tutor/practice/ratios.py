"""Ratios: sharing, proportions, maps."""

import random
from math import gcd

from qwen_app.features.tutor.practice.people import thing, two_names
from qwen_app.features.tutor.practice.problem import Kinds, Problem, Slip, Words, same, so, step


def proportion(rng: random.Random) -> Problem:
    """a : b = c : x."""
    a, b, k = rng.randint(2, 9), rng.randint(2, 12), rng.randint(2, 9)
    c, x = a * k, b * k
    text = f"{a} : {b} = {c} : x"
    return Problem(
        topic="ratios",
        kind="proportion",
        level=1,
        text=Words(f"求比例中的 x：{text}", f"Find x in the proportion {text}"),
        answer=same(f"x = {x}"),
        steps=(
            step(
                "内项积等于外项积",
                "The products across are equal",
                so(f"{b} × {c} = {b * c}", f"{a}x = {b * c}"),
                "比例的基本性质",
                "a property of proportions",
            ),
            step(
                f"两边同时除以 {a}",
                f"Divide both sides by {a}",
                f"x = {b * c} ÷ {a} = {x}",
                "求 x",
                "x is wanted",
            ),
        ),
        check=Words(
            f"{a} × {x} = {a * x}，{b} × {c} = {b * c}", f"{a} × {x} = {a * x}, {b} × {c} = {b * c}"
        ),
        opening=Words(f"解比例 {text}：", f"Solve {text}:"),
        slots={"eq": text},
    )


def simplify(rng: random.Random) -> Problem:
    """A ratio in lowest terms."""
    a, b, k = rng.randint(1, 9), rng.randint(2, 12), rng.randint(2, 12)
    while gcd(a, b) != 1:
        a, b = rng.randint(1, 9), rng.randint(2, 12)
    m, n = a * k, b * k
    return Problem(
        topic="ratios",
        kind="simplify_ratio",
        level=1,
        text=Words(f"把 {m} : {n} 化成最简整数比。", f"Write {m} : {n} in lowest terms."),
        answer=same(f"{a} : {b}"),
        steps=(
            step(
                "前项除以最大公约数",
                "Divide the first term by the greatest common divisor",
                f"{m} ÷ {k} = {a}",
                "前项和后项除以同一个数，比值不变",
                "dividing both terms keeps the ratio",
            ),
            step(
                "后项除以最大公约数",
                "Divide the second term by it",
                f"{n} ÷ {k} = {b}",
                "前项和后项除以同一个数，比值不变",
                "dividing both terms keeps the ratio",
            ),
        ),
        slots={"a": str(m), "b": str(n)},
    )


def sharing(rng: random.Random) -> Problem:
    """n things in the ratio a : b; how many does the first get?"""
    a, b, each, what = rng.randint(1, 7), rng.randint(1, 7), rng.randint(2, 20), thing(rng)
    while gcd(a, b) != 1 or a == b:
        a, b = rng.randint(1, 7), rng.randint(1, 7)
    n = (a + b) * each
    who, other = two_names(rng)
    return Problem(
        topic="ratios",
        kind="ratio_sharing",
        level=2,
        text=Words(
            f"{who.zh}和{other.zh}按 {a} : {b} 分 {n} {what.measure}{what.zh}，"
            f"{who.zh}分到多少{what.measure}？",
            f"{who.en} and {other.en} share {n} {what.en} in the ratio {a} : {b}. "
            f"How many {what.en} does {who.en} get?",
        ),
        answer=what.counted.after(a * each),
        steps=(
            step(
                "总份数",
                "Parts in all",
                f"{a} + {b} = {a + b}",
                "两人的份数合起来",
                "both together",
            ),
            step(
                "每份", "One part", f"{n} ÷ {a + b} = {each}", "每份一样多", "all parts are equal"
            ),
            step(
                f"{who.zh}分到",
                f"{who.en} gets",
                f"{each} × {a} = {a * each}",
                f"{who.zh}占 {a} 份",
                f"{who.en} has {a} of the parts",
            ),
        ),
        check=same(f"{a * each} + {b * each} = {n}"),
        slots={
            "who": who,
            "other": other,
            "a": str(a),
            "b": str(b),
            "n": str(n),
            "c": what.measure,
            "t": Words(what.zh, what.en),
        },
    )


def recipe(rng: random.Random) -> Problem:
    """Direct proportion."""
    people, each, more = rng.randint(2, 6), rng.randint(20, 90), rng.randint(3, 12)
    grams, result = people * each, more * each
    return Problem(
        topic="ratios",
        kind="recipe",
        level=2,
        text=Words(
            f"做 {people} 人份的面条需要 {grams} 克面粉，做 {more} 人份需要多少克？",
            f"Noodles for {people} people need {grams} g of flour. How much is needed for {more}?",
        ),
        answer=Words(f"{result} 克", f"{result} g"),
        steps=(
            step(
                "一人份",
                "For one",
                f"{grams} ÷ {people} = {each}",
                "每人一样多",
                "each gets the same",
            ),
            step(
                f"{more} 人份",
                f"For {more}",
                f"{each} × {more} = {result}",
                "按人数相乘",
                "times their number",
            ),
        ),
        slots={"n": str(people), "a": str(grams), "m": str(more)},
    )


def map_scale(rng: random.Random) -> Problem:
    """A distance on a map, in kilometres."""
    scale, kilometres = rng.choice(((50_000, 0), (100_000, 1), (200_000, 2), (500_000, 5)))
    cm = rng.randint(2, 24) * (2 if kilometres == 0 else 1)
    real = cm * scale
    km = real // 100_000
    return Problem(
        topic="ratios",
        kind="map_scale",
        level=3,
        text=Words(
            f"在比例尺为 1 : {scale} 的地图上，两地相距 {cm} 厘米，实际距离是多少千米？",
            f"On a map with the scale 1 : {scale} two places are {cm} cm apart. "
            "How many km is that in reality?",
        ),
        answer=Words(f"{km} 千米", f"{km} km"),
        steps=(
            step(
                "实际距离是多少厘米",
                "The real distance in cm",
                f"{cm} × {scale} = {real}",
                f"1 厘米代表 {scale} 厘米",
                f"1 cm stands for {scale} cm",
            ),
            step(
                "化成千米",
                "In km",
                so(f"{real} ÷ 100000 = {km}", f"{real} cm = {km} km"),
                "1 千米 = 100000 厘米",
                "1 km = 100000 cm",
                Slip("unit", so(f"{real} ÷ 10000 = {km * 10}", f"{real} cm = {km * 10} km")),
            ),
        ),
        slots={"s": str(scale), "a": str(cm)},
    )


KINDS: Kinds = {1: (proportion, simplify), 2: (sharing, recipe), 3: (map_scale,)}
