"""Word problems that an equation solves."""

import random

from qwen_app.features.tutor.practice.people import thing, two_names
from qwen_app.features.tutor.practice.problem import Problem, Words, same, so, step
from qwen_app.features.tutor.practice.telling import count, story, thing_slots


def sum_and_multiple(rng: random.Random) -> Problem:
    """Two together have n, one k times as many as the other."""
    k, small, what = rng.randint(2, 9), rng.randint(2, 20), thing(rng)
    total = (k + 1) * small
    who, other = two_names(rng)
    return story(
        "story_sum_multiple",
        3,
        Words(
            f"{who.zh}和{other.zh}一共有 {total} {what.measure}{what.zh}，"
            f"{who.zh}的是{other.zh}的 {k} 倍，{other.zh}有多少{what.measure}？",
            f"{who.en} and {other.en} have {total} {what.en} together. {who.en} has {k} times as "
            f"many as {other.en}. How many {what.en} does {other.en} have?",
        ),
        (
            step(
                f"设{other.zh}有 x {what.measure}，则{who.zh}有 {k}x {what.measure}",
                f"Let {other.en} have x, so {who.en} has {k}x",
                "",
                f"{who.zh}的是{other.zh}的 {k} 倍",
                f"{who.en} has {k} times as many",
            ),
            step(
                "列方程",
                "Write the equation",
                f"x + {k}x = {total}",
                "两人的和是已知的",
                "the sum of both is known",
            ),
            step(
                "合并同类项",
                "Combine like terms",
                so(f"1 + {k} = {k + 1}", f"{k + 1}x = {total}"),
                f"x + {k}x 是 1 + {k} 个 x",
                f"x + {k}x is 1 + {k} times x",
            ),
            step(
                f"两边同时除以 {k + 1}",
                f"Divide both sides by {k + 1}",
                f"x = {total} ÷ {k + 1} = {small}",
                "求一个 x",
                "one x is wanted",
            ),
        ),
        count(small, what.counted),
        {"who": who, "other": other, "n": str(total), "k": str(k), **thing_slots(what)},
        check=same(f"{small} + {k} × {small} = {total}"),
    )


def sum_and_difference(rng: random.Random) -> Problem:
    small, d, what = rng.randint(3, 40), rng.randint(1, 20), thing(rng)
    total = 2 * small + d
    who, other = two_names(rng)
    return story(
        "story_sum_difference",
        3,
        Words(
            f"{who.zh}和{other.zh}一共有 {total} {what.measure}{what.zh}，"
            f"{who.zh}比{other.zh}多 {d} {what.measure}，{other.zh}有多少{what.measure}？",
            f"{who.en} and {other.en} have {total} {what.en} together. {who.en} has {d} more than "
            f"{other.en}. How many {what.en} does {other.en} have?",
        ),
        (
            step(
                f"设{other.zh}有 x {what.measure}，则{who.zh}有 x + {d} {what.measure}",
                f"Let {other.en} have x, so {who.en} has x + {d}",
                "",
                f"{who.zh}多 {d}",
                f"{who.en} has {d} more",
            ),
            step(
                "列方程",
                "Write the equation",
                f"x + x + {d} = {total}",
                "两人的和是已知的",
                "the sum of both is known",
            ),
            step(
                f"两边同时减去 {d}",
                f"Subtract {d} from both sides",
                f"2x = {total} - {d} = {total - d}",
                "只留下含 x 的项",
                "only the terms with x stay",
            ),
            step(
                "两边同时除以 2",
                "Divide both sides by 2",
                f"x = {total - d} ÷ 2 = {small}",
                "求一个 x",
                "one x is wanted",
            ),
        ),
        count(small, what.counted),
        {"who": who, "other": other, "n": str(total), "d": str(d), **thing_slots(what)},
        check=same(f"{small} + {small} + {d} = {total}"),
    )


def ages(rng: random.Random) -> Problem:
    """In how many years is the parent k times as old as the child?"""
    k, years, later = rng.randint(2, 4), rng.randint(1, 10), rng.randint(11, 20)
    child, parent = later - years, k * later - years
    left, gathered = parent - k * child, k - 1
    combine = (
        so(f"{k} - 1 = {gathered}", f"{gathered}x = {left}")
        if gathered > 1
        else so(f"{k} - 1 = 1", f"x = {left}")
    )
    steps = [
        step(
            f"设 x 年后，则孩子 {child} + x 岁，父亲 {parent} + x 岁",
            f"In x years the child is {child} + x and the father {parent} + x years old",
            "",
            "两人每年都长一岁",
            "both grow a year older each year",
        ),
        step(
            "列方程",
            "Write the equation",
            f"{k}({child} + x) = {parent} + x",
            f"那时父亲的年龄是孩子的 {k} 倍",
            f"the father is {k} times as old then",
        ),
        step(
            "展开",
            "Expand",
            so(f"{k} × {child} = {k * child}", f"{k * child} + {k}x = {parent} + x"),
            "乘法分配律",
            "the distributive law",
        ),
        step(
            f"两边同时减去 {k * child}",
            f"Subtract {k * child} from both sides",
            so(f"{parent} - {k * child} = {left}", f"{k}x = {left} + x"),
            "把数移到一边",
            "the numbers go to one side",
        ),
        step(
            "两边同时减去 x",
            "Subtract x from both sides",
            combine,
            "把 x 移到一边",
            "the x go to one side",
        ),
    ]
    if gathered > 1:
        steps.append(
            step(
                f"两边同时除以 {gathered}",
                f"Divide both sides by {gathered}",
                f"x = {left} ÷ {gathered} = {years}",
                "求一个 x",
                "one x is wanted",
            )
        )
    return story(
        "story_ages",
        3,
        Words(
            f"父亲今年 {parent} 岁，孩子今年 {child} 岁，几年后父亲的年龄是孩子的 {k} 倍？",
            f"A father is {parent} years old and his child is {child}. In how many years will the "
            f"father be {k} times as old as the child?",
        ),
        tuple(steps),
        Words(f"{years} 年", f"{years} years"),
        {"a": str(parent), "b": str(child), "k": str(k)},
        check=same(f"{k} × ({child} + {years}) = {parent + years}"),
    )


def chickens_and_rabbits(rng: random.Random) -> Problem:
    chickens, rabbits = rng.randint(2, 25), rng.randint(2, 25)
    heads, legs = chickens + rabbits, 2 * chickens + 4 * rabbits
    return story(
        "story_chickens",
        3,
        Words(
            f"鸡和兔一共有 {heads} 只，共有 {legs} 条腿，兔有多少只？",
            f"Chickens and rabbits together have {heads} heads and {legs} legs. "
            "How many rabbits are there?",
        ),
        (
            step(
                "假设全是鸡，腿数",
                "If all were chickens, the legs are",
                f"{heads} × 2 = {2 * heads}",
                "每只鸡有 2 条腿",
                "a chicken has 2 legs",
            ),
            step(
                "实际多出的腿",
                "The legs that are more",
                f"{legs} - {2 * heads} = {legs - 2 * heads}",
                "多出的腿是兔的",
                "they belong to rabbits",
            ),
            step(
                "每只兔比鸡多的腿",
                "A rabbit has more legs by",
                "4 - 2 = 2",
                "兔有 4 条腿",
                "a rabbit has 4 legs",
            ),
            step(
                "兔的只数",
                "The number of rabbits",
                f"{legs - 2 * heads} ÷ 2 = {rabbits}",
                "每只兔多 2 条腿",
                "each of them brings 2 more",
            ),
        ),
        Words(f"{rabbits} 只", f"{rabbits} rabbits"),
        {"n": str(heads), "m": str(legs)},
        check=same(f"2 × {chickens} + 4 × {rabbits} = {legs}"),
    )


def meeting(rng: random.Random) -> Problem:
    one, other, hours = rng.randint(3, 90), rng.randint(3, 90), rng.randint(2, 9)
    together = one + other
    way = together * hours
    return story(
        "story_meeting",
        3,
        Words(
            f"甲、乙两地相距 {way} 千米，两辆车同时从两地相向而行，"
            f"速度分别是每小时 {one} 千米和 {other} 千米，几小时后相遇？",
            f"Two towns are {way} km apart. Two cars leave them at the same time towards each "
            f"other at {one} km/h and {other} km/h. After how many hours do they meet?",
        ),
        (
            step(
                "速度和",
                "Both speeds together",
                f"{one} + {other} = {together}",
                "相向而行，距离每小时减少两个速度",
                "they come closer by both speeds",
            ),
            step(
                "相遇时间",
                "The time until they meet",
                f"{way} ÷ {together} = {hours}",
                "时间 = 路程 ÷ 速度和",
                "time = distance ÷ speed",
            ),
        ),
        Words(f"{hours} 小时", f"{hours} hours"),
        {"s": str(way), "v": str(one), "w": str(other)},
        check=same(f"{one} × {hours} + {other} × {hours} = {way}"),
    )
