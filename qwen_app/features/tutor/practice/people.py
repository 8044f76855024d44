"""Who and what word problems are about."""

import random
from typing import NamedTuple

from qwen_app.features.tutor.practice.problem import Words

NAMES = (
    Words("小明", "Tom"), Words("小红", "Amy"), Words("小华", "Ben"), Words("小丽", "Lucy"),
    Words("小刚", "Jack"), Words("小芳", "Anna"), Words("李雷", "Leo"), Words("韩梅", "Mia"),
    Words("王老师", "Mr. Wang"), Words("妈妈", "Mom"), Words("爸爸", "Dad"),
    Words("爷爷", "Grandpa"), Words("乐乐", "Emma"), Words("天天", "Noah"),
    Words("东东", "Sam"), Words("玲玲", "Ella"), Words("阿强", "Max"), Words("小雨", "Ivy"),
)  # fmt: skip


class Thing(NamedTuple):
    """``measure`` is the Chinese counting word: 12 支铅笔."""

    measure: str
    zh: str
    en: str
    one: str
    """English, one of them."""

    @property
    def counted(self) -> Words:
        """What follows a number."""
        return Words(self.measure + self.zh, self.en)


THINGS = tuple(
    Thing(*line.split())
    for line in """
    个 苹果 apples apple
    支 铅笔 pencils pencil
    本 书 books book
    颗 糖 candies candy
    张 卡片 cards card
    个 橘子 oranges orange
    朵 花 flowers flower
    个 鸡蛋 eggs egg
    块 饼干 cookies cookie
    个 气球 balloons balloon
    枚 邮票 stamps stamp
    把 椅子 chairs chair
    盏 灯 lamps lamp
    棵 树 trees tree
    个 杯子 cups cup
    瓶 水 bottles bottle
    张 贴纸 stickers sticker
    个 足球 balls ball
    条 毛巾 towels towel
    只 风筝 kites kite
    个 面包 loaves loaf
    本 练习本 notebooks notebook
    块 积木 blocks block
    个 桃子 peaches peach
    张 车票 tickets ticket
    颗 珠子 beads bead
    """.strip().splitlines()
)


def thing(rng: random.Random) -> Thing:
    return rng.choice(THINGS)


def two_names(rng: random.Random) -> tuple[Words, Words]:
    one, other = rng.sample(NAMES, 2)
    return one, other
