"""Word problems of two steps."""

import random
from fractions import Fraction

from qwen_app.features.tutor.practice.people import thing, two_names
from qwen_app.features.tutor.practice.problem import Problem, Words, same, step
from qwen_app.features.tutor.practice.telling import count, money, story, thing_slots
from qwen_app.features.tutor.practice.writing import decimal


def change(rng: random.Random) -> Problem:
    """n things at p each, paid with a larger note."""
    n, price, what = rng.randint(2, 9), rng.randint(2, 18), thing(rng)
    cost = n * price
    paid = rng.choice([note for note in (10, 20, 50, 100, 200, 500) if note > cost][:2])
    who, _ = two_names(rng)
    return story(
        "story_change",
        2,
        Words(
            f"{who.zh}买了 {n} {what.measure}{what.zh}，每{what.measure} {price} 元，"
            f"付了 {paid} 元，应找回多少元？",
            f"{who.en} buys {n} {what.en} at ${price} each and pays with ${paid}. How much change "
            f"does {who.en} get?",
        ),
        (
            step(
                "总价",
                "The cost",
                f"{n} × {price} = {cost}",
                "总价 = 数量 × 单价",
                "number × price",
            ),
            step(
                "找回",
                "The change",
                f"{paid} - {cost} = {paid - cost}",
                "找回 = 付的钱 - 总价",
                "what was paid less the cost",
            ),
        ),
        money(paid - cost),
        {"who": who, "n": str(n), "p": str(price), "m": str(paid), **thing_slots(what)},
        check=Words(f"{cost} + {paid - cost} = {paid}", f"{cost} + {paid - cost} = {paid}"),
    )


def two_kinds(rng: random.Random) -> Problem:
    """m of one thing at p and n of another at q: the whole cost."""
    m, n, p, q = (rng.randint(2, 9), rng.randint(2, 9), rng.randint(1, 20), rng.randint(1, 20))
    first, second = thing(rng), thing(rng)
    while second.zh == first.zh:
        second = thing(rng)
    who, _ = two_names(rng)
    return story(
        "story_two_kinds",
        2,
        Words(
            f"{who.zh}买了 {m} {first.measure}{first.zh}和 {n} {second.measure}{second.zh}，"
            f"{first.zh}每{first.measure} {p} 元，{second.zh}每{second.measure} {q} 元，"
            "一共花了多少元？",
            f"{who.en} buys {m} {first.en} at ${p} each and {n} {second.en} at ${q} each. "
            "How much is that in total?",
        ),
        (
            step(
                f"{first.zh}的钱",
                f"Cost of the {first.en}",
                f"{m} × {p} = {m * p}",
                "数量 × 单价",
                "number × price",
            ),
            step(
                f"{second.zh}的钱",
                f"Cost of the {second.en}",
                f"{n} × {q} = {n * q}",
                "数量 × 单价",
                "number × price",
            ),
            step(
                "一共",
                "In total",
                f"{m * p} + {n * q} = {m * p + n * q}",
                "两部分合起来",
                "both together",
            ),
        ),
        money(m * p + n * q),
        {
            "who": who,
            "m": str(m),
            "n": str(n),
            "p": str(p),
            "q": str(q),
            **thing_slots(first),
            **thing_slots(second, "2"),
        },
    )


def boxes_left(rng: random.Random) -> Problem:
    """n boxes of k, some given away."""
    n, each, what = rng.randint(2, 12), rng.randint(3, 24), thing(rng)
    total = n * each
    gone = rng.randint(1, total - 1)
    who, other = two_names(rng)
    return story(
        "story_boxes_left",
        2,
        Words(
            f"{who.zh}有 {n} 盒{what.zh}，每盒 {each} {what.measure}，送给{other.zh} {gone} "
            f"{what.measure}，还剩多少{what.measure}？",
            f"{who.en} has {n} boxes with {each} {what.en} each and gives {gone} {what.en} to "
            f"{other.en}. How many {what.en} are left?",
        ),
        (
            step(
                "原来的总数",
                "How many at first",
                f"{n} × {each} = {total}",
                "每盒一样多",
                "each box holds the same",
            ),
            step(
                "还剩",
                "How many are left",
                f"{total} - {gone} = {total - gone}",
                "送出去，用减法",
                "some are given away",
            ),
        ),
        count(total - gone, what.counted),
        {
            "who": who,
            "other": other,
            "n": str(n),
            "a": str(each),
            "b": str(gone),
            **thing_slots(what),
        },
        check=same(f"{total - gone} + {gone} = {total}"),
    )


def times_as_many(rng: random.Random) -> Problem:
    """One has a, the other k times as many; together."""
    a, k, what = rng.randint(2, 30), rng.randint(2, 9), thing(rng)
    who, other = two_names(rng)
    return story(
        "story_times_together",
        2,
        Words(
            f"{who.zh}有 {a} {what.measure}{what.zh}，{other.zh}的{what.zh}是{who.zh}的 {k} 倍，"
            f"两人一共有多少{what.measure}？",
            f"{who.en} has {a} {what.en}. {other.en} has {k} times as many. How many {what.en} do "
            "they have together?",
        ),
        (
            step(
                f"{other.zh}有",
                f"{other.en} has",
                f"{a} × {k} = {a * k}",
                f"是 {a} 的 {k} 倍",
                f"{k} times {a}",
            ),
            step(
                "一共", "Together", f"{a} + {a * k} = {a + a * k}", "两人的合起来", "both together"
            ),
        ),
        count(a + a * k, what.counted),
        {"who": who, "other": other, "a": str(a), "k": str(k), **thing_slots(what)},
    )


def saving(rng: random.Random) -> Problem:
    """Weeks until a price is saved."""
    have, weekly, weeks = rng.randint(5, 60), rng.randint(3, 20), rng.randint(2, 12)
    price = have + weekly * weeks
    who, _ = two_names(rng)
    return story(
        "story_saving",
        2,
        Words(
            f"{who.zh}已经存了 {have} 元，想买一辆 {price} 元的自行车，如果每周存 {weekly} 元，"
            "还要存多少周？",
            f"{who.en} has saved ${have} and wants a bicycle for ${price}. Saving ${weekly} a "
            "week, how many more weeks does it take?",
        ),
        (
            step(
                "还差",
                "Still missing",
                f"{price} - {have} = {price - have}",
                "价格减去已有的钱",
                "the price less what is there",
            ),
            step(
                "周数",
                "Weeks",
                f"{price - have} ÷ {weekly} = {weeks}",
                "每周存的一样多",
                "the same is saved each week",
            ),
        ),
        Words(f"{weeks} 周", f"{weeks} weeks"),
        {"who": who, "a": str(have), "p": str(price), "w": str(weekly)},
        check=same(f"{have} + {weekly} × {weeks} = {price}"),
    )


def journey(rng: random.Random) -> Problem:
    """Distance known by speed and time; the way back takes another time."""
    time, back = rng.randint(2, 8), rng.randint(2, 8)
    speed = back * rng.randint(3, 15)
    way = speed * time
    return story(
        "story_journey",
        2,
        Words(
            f"一辆汽车从甲地到乙地，每小时行 {speed} 千米，用了 {time} 小时；"
            f"返回时用了 {back} 小时，返回时每小时行多少千米？",
            f"A car drives at {speed} km per hour for {time} hours. The way back takes {back} "
            "hours. What is its speed on the way back?",
        ),
        (
            step(
                "路程",
                "The distance",
                f"{speed} × {time} = {way}",
                "路程 = 速度 × 时间",
                "distance = speed × time",
            ),
            step(
                "返回的速度",
                "The speed back",
                f"{way} ÷ {back} = {decimal(Fraction(way, back))}",
                "速度 = 路程 ÷ 时间",
                "speed = distance ÷ time",
            ),
        ),
        Words(f"{decimal(Fraction(way, back))} 千米/时", f"{decimal(Fraction(way, back))} km/h"),
        {"v": str(speed), "t": str(time), "b": str(back)},
    )


def average(rng: random.Random) -> Problem:
    middle = rng.randint(60, 95)
    d = rng.randint(1, 5)
    e = rng.randint(1, 5)
    scores = [middle - d, middle + e, middle + d - e]
    rng.shuffle(scores)
    a, b, c = scores
    total = sum(scores)
    who, _ = two_names(rng)
    return story(
        "story_average",
        2,
        Words(
            f"{who.zh}三次测验的成绩是 {a} 分、{b} 分和 {c} 分，平均成绩是多少分？",
            f"{who.en} scores {a}, {b} and {c} points in three tests. What is the average?",
        ),
        (
            step("总分", "The sum", f"{a} + {b} + {c} = {total}", "先求和", "first add them up"),
            step(
                "平均分",
                "The average",
                f"{total} ÷ 3 = {total // 3}",
                "总分除以次数",
                "the sum by the number of tests",
            ),
        ),
        Words(f"{total // 3} 分", f"{total // 3} points"),
        {"who": who, "a": str(a), "b": str(b), "c": str(c)},
    )
