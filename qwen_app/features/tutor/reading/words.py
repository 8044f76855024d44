"""Words of the prose around mathematics, and what they do to it."""

import re


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


FUNCTION_WORDS = {
    "sin": "sin",
    "cos": "cos",
    "tan": "tan",
    "cot": "cot",
    "sec": "sec",
    "csc": "csc",
    "arcsin": "arcsin",
    "arccos": "arccos",
    "arctan": "arctan",
    "ln": "ln",
    "lg": "lg",
    "log": "log",
    "exp": "exp",
    "sqrt": "sqrt",
    "abs": "abs",
    "gcd": "gcd",
    "hcf": "gcd",
    "gcf": "gcd",
    "lcm": "lcm",
    "max": "max",
    "min": "min",
    "floor": "floor",
    "ceil": "ceil",
    "round": "round",
    "root": "root",
    "factorial": "factorial",
    "binomial": "binomial",
    "permutations": "permutations",
}

BOUNDARIES = _set(
    "and or but so because since if then when where while is are was were be being been equals"
    " equal has have had gets get got means meaning thus hence therefore as what how let suppose"
    " given gives giving we you they it he she"
)
"""After a number these begin something else: they are no part of what is counted."""

CONNECTIVES = _set(
    "so thus hence therefore then that's thats is are was be equals get gets have has because since"
    " that and or but where when if we i.e ie namely gives obtain yields as for with let now also"
    " be: answer check"
)
"""A formula may begin right after these."""

LEADING = _set(
    "so thus hence therefore then the a an now and or but also because since if when where that"
    " this is are we get have let first next finally second third step we know means which for in"
    " of his her their its our your my total: as to gives given by using from with find calculate"
    " compute formula it's that's it"
)
"""Words before the name of a quantity that are no part of it."""

DISTURBING = _set(
    "twice half double triple thrice quadruple than third thirds quarter quarters fourth fifth"
    " minus plus less percent squared cubed negative dozen hundred thousand million except"
    " nearly between every"
)
"""Right before a number these change what it says: what begins there is not read."""

NUMBER_WORDS = _set(
    "zero two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety"
    " hundred thousand half double triple twice thrice dozen quarter"
)

OPERATORS = {
    "plus": "+",
    "minus": "-",
    "times": "*",
    "multiplied": "*",
    "divided": "÷",
}

ABOUT = _set("about approximately around roughly nearly almost approx only just exactly")
"""Between a relation and the number that it gives."""

NOT_SYMBOLS = _set(
    "am an as at be by do go he if in is it me my no of on or so to up us we ok id oh hi vs pm the"
    " and for are but not you all can had her was one our out day get has him his how man new now"
    " old see two way who boy did its let put say she too use yes per each"
)

HAN_OPERATORS = {
    "加上": "+",
    "加": "+",
    "减去": "-",
    "减": "-",
    "乘以": "*",
    "乘上": "*",
    "乘": "*",
    "除以": "÷",
}
HAN_RELATIONS = {
    "等于": "=",
    "约等于": "≈",
    "大约等于": "≈",
    "近似等于": "≈",
    "约为": "≈",
    "大约是": "≈",
    "约是": "≈",
    "是": "=",
    "得": "=",
    "为": "=",
    "大于": ">",
    "小于": "<",
    "不等于": "≠",
    "大于等于": "≥",
    "大于或等于": "≥",
    "小于等于": "≤",
    "小于或等于": "≤",
}
HAN_RESULTS = ("的和", "的差", "的积", "的商", "的值", "的结果", "结果", "就", "也", "")
"""What may stand between an expression and a relation in words."""

HAN_CONNECTIVE = re.compile(
    r"所以|因此|因为|由于|由此|从而|于是|那么|然后|可得|得到|得出|解得|可知|求得|算得|推出|即为|或者"
    r"|其中|已知|根据题意|根据|如果|代入|检验|验算|列式为|列式|列方程|计算|答案是|答案|也就是|等于|可以|我们"
    r"|首先|其次|最后|公式是|公式为|公式"
)
"""The name of a quantity begins after the last of these."""

HAN_BARE = re.compile(
    "[即故又则且或若令有是为到了把将由和需]|答(?!对)|解(?!法)|设(?!计)|得(?!分|数)|知(?!识)|再|先|时(?![间速候])"
    "|这|那|当|用(?!电|水|时)|求(?!和)|现(?!价|在)"
)
"""Nor does it begin with one of these."""

HAN_BOUNDARY = re.compile(
    r"所以|因此|因为|那么|可得|得到|解得|得|则|即|是|等于|或|且|和|时|有|求|解|设|若|当|代入|带入|需|还|剩|共|比|占|的|，"
)
"""After a number and its unit these begin something else."""

HAN_ABOUT = ("大约", "约", "近似", "大概", "只", "共", "一共", "正好", "刚好")

HAN_DISTURBING = (
    "的",
    "倍",
    "百分之",
    "负",
    "比",
    "每",
    "第",
    "减",
    "加",
    "乘",
    "除",
    "一半",
    "除以",
    "分之",
)
"""Right before a number these change what it says."""

LABELLED = _set(
    "step day week question part case problem lesson chapter year level no number room grade page"
    " example exercise section figure equation line method way option item point phase"
)
"""``Step 1``: the number after these counts nothing."""


def changes_value(word: str) -> bool:
    """Whether the word, beside a number, makes it another one."""
    lower = word.lower()
    return lower in NUMBER_WORDS or lower in DISTURBING
