"""Units of measurement: how they are written in Chinese and English, and what they measure."""

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from qwen_app.features.tutor.reading.tree import Unit

Factors = tuple[tuple[str, int], ...]

_M = Fraction(1)
_MILE = Fraction(1609344, 1000)
_FOOT = Fraction(3048, 10000)
_POUND = Fraction(45359237, 100000)

_KNOWN: dict[str, tuple[Fraction, str, int]] = {
    "nm": (_M / 10**9, "length", 1),
    "μm": (_M / 10**6, "length", 1),
    "mm": (_M / 1000, "length", 1),
    "cm": (_M / 100, "length", 1),
    "dm": (_M / 10, "length", 1),
    "m": (_M, "length", 1),
    "km": (_M * 1000, "length", 1),
    "in": (_FOOT / 12, "length", 1),
    "ft": (_FOOT, "length", 1),
    "yd": (_FOOT * 3, "length", 1),
    "mi": (_MILE, "length", 1),
    "ha": (_M * 10000, "length", 2),
    "亩": (Fraction(2000, 3), "length", 2),
    "acre": (_FOOT**2 * 43560, "length", 2),
    "mL": (_M / 10**6, "length", 3),
    "cL": (_M / 10**5, "length", 3),
    "dL": (_M / 10**4, "length", 3),
    "L": (_M / 1000, "length", 3),
    "gal": (_FOOT**3 / 1728 * 231, "length", 3),
    "qt": (_FOOT**3 / 1728 * 231 / 4, "length", 3),
    "pt": (_FOOT**3 / 1728 * 231 / 8, "length", 3),
    "mg": (_M / 1000, "mass", 1),
    "g": (_M, "mass", 1),
    "kg": (_M * 1000, "mass", 1),
    "t": (_M * 10**6, "mass", 1),
    "两": (_M * 50, "mass", 1),
    "斤": (_M * 500, "mass", 1),
    "oz": (_POUND / 16, "mass", 1),
    "lb": (_POUND, "mass", 1),
    "ms": (_M / 1000, "time", 1),
    "s": (_M, "time", 1),
    "min": (_M * 60, "time", 1),
    "h": (_M * 3600, "time", 1),
    "day": (_M * 86400, "time", 1),
    "week": (_M * 86400 * 7, "time", 1),
    "month": (_M, "months", 1),
    "season": (_M * 3, "months", 1),
    "year": (_M * 12, "months", 1),
    "decade": (_M * 120, "months", 1),
    "century": (_M * 1200, "months", 1),
    "元": (_M, "yuan", 1),
    "角": (_M / 10, "yuan", 1),
    "分钱": (_M / 100, "yuan", 1),
    "$": (_M, "dollar", 1),
    "cent": (_M / 100, "dollar", 1),
    "€": (_M, "euro", 1),
    "£": (_M, "pound", 1),
    "°": (_M, "angle", 1),
    "′": (_M / 60, "angle", 1),
    "°C": (_M, "celsius", 1),
    "°F": (_M, "fahrenheit", 1),
    "B": (_M, "data", 1),
    "KB": (_M * 1024, "data", 1),
    "MB": (_M * 1024**2, "data", 1),
    "GB": (_M * 1024**3, "data", 1),
    "TB": (_M * 1024**4, "data", 1),
    "N": (_M, "force", 1),
    "J": (_M, "energy", 1),
    "kJ": (_M * 1000, "energy", 1),
    "W": (_M, "power", 1),
    "kW": (_M * 1000, "power", 1),
    "kWh": (_M, "kwh", 1),
    "Hz": (_M, "frequency", 1),
    "Pa": (_M, "pressure", 1),
    "V": (_M, "voltage", 1),
    "A": (_M, "current", 1),
    "Ω": (_M, "resistance", 1),
    # Words for how many; they measure nothing.
    "百": (_M * 100, "", 0),
    "千": (_M * 1000, "", 0),
    "万": (_M * 10**4, "", 0),
    "百万": (_M * 10**6, "", 0),
    "千万": (_M * 10**7, "", 0),
    "亿": (_M * 10**8, "", 0),
    "dozen": (_M * 12, "", 0),
    "hundred": (_M * 100, "", 0),
    "thousand": (_M * 1000, "", 0),
    "million": (_M * 10**6, "", 0),
    "billion": (_M * 10**9, "", 0),
}
"""Factor to the base of its dimension, the dimension, its power."""

_WRITTEN: dict[str, str] = {
    "mm": "mm millimeter millimeters millimetre millimetres 毫米",
    "cm": "cm cms centimeter centimeters centimetre centimetres 厘米 公分",
    "dm": "dm decimeter decimeters decimetre decimetres 分米",
    "m": "m meter meters metre metres 米",
    "km": "km kms kilometer kilometers kilometre kilometres 千米 公里",
    "nm": "nm 纳米",
    "μm": "μm 微米",
    "in": "inch inches 英寸",
    "ft": "ft foot feet 英尺",
    "yd": "yd yds yard yards 码",
    "mi": "mi mile miles 英里",
    "ha": "ha hectare hectares 公顷",
    "亩": "亩",
    "acre": "acre acres 英亩",
    "mL": "mL ml milliliter milliliters millilitre millilitres 毫升",
    "cL": "cL cl centiliter centiliters",
    "dL": "dL dl deciliter deciliters",
    "L": "L liter liters litre litres 升 公升",
    "gal": "gal gallon gallons 加仑",
    "qt": "qt quart quarts",
    "pt": "pint pints",
    "mg": "mg milligram milligrams 毫克",
    "g": "g gram grams gramme grammes 克",
    "kg": "kg kgs Kg KG kilogram kilograms kilo kilos 千克 公斤",
    "t": "t tonne tonnes 吨",
    "两": "两",
    "斤": "斤 市斤",
    "oz": "oz ounce ounces 盎司",
    "lb": "lb lbs pound pounds 磅",
    "ms": "ms millisecond milliseconds 毫秒",
    "s": "s sec secs second seconds 秒 秒钟",
    "min": "min mins minute minutes 分钟",
    "h": "h hr hrs hour hours 小时 个小时 钟头",
    "day": "day days 天 日",
    "week": "week weeks 周 个星期 星期 个礼拜",
    "month": "month months 个月 月",
    "season": "季度 个季度",
    "year": "year years yr yrs 年",
    "decade": "decade decades",
    "century": "century centuries 世纪 个世纪",
    "元": "元 块 块钱 圆 元钱 yuan RMB rmb 人民币",
    "角": "角 毛 毛钱",
    "分钱": "分钱",
    "$": "dollar dollars usd USD bucks 美元",
    "cent": "cent cents ¢ 美分",
    "€": "euro euros 欧元",
    "£": "英镑",
    "°": "° degree degrees deg",
    "°C": "°C 摄氏度",
    "°F": "°F 华氏度",
    "KB": "KB kb",
    "MB": "MB megabyte megabytes",
    "GB": "GB gigabyte gigabytes",
    "TB": "TB",
    "N": "N 牛顿",
    "J": "J 焦耳 焦",
    "kJ": "kJ 千焦",
    "W": "W watt watts 瓦 瓦特",
    "kW": "kW kilowatt kilowatts 千瓦",
    "kWh": "kWh 千瓦时",
    "Hz": "Hz 赫兹",
    "Pa": "Pa 帕",
    "V": "V volt volts 伏 伏特",
    "A": "A 安培",
    "Ω": "Ω ohm ohms 欧姆",
    "百": "百",
    "千": "千",
    "万": "万",
    "百万": "百万",
    "千万": "千万",
    "亿": "亿",
    "dozen": "dozen dozens 打",
    "hundred": "hundred",
    "thousand": "thousand",
    "million": "million millions",
    "billion": "billion billions",
}

_COMPOUND: dict[str, Factors] = {
    "mph": (("mi", 1), ("h", -1)),
    "kph": (("km", 1), ("h", -1)),
    "kmh": (("km", 1), ("h", -1)),
    "mps": (("m", 1), ("s", -1)),
    "sq ft": (("ft", 2),),
    "sqft": (("ft", 2),),
    "sqm": (("m", 2),),
    "cc": (("cm", 3),),
}

AMBIGUOUS = frozenset(
    ("m", "g", "s", "h", "t", "L", "l", "d", "N", "J", "W", "V", "A", "B", "C", "K")
)
"""One letter that is as likely a symbol: whoever reads it looks at what stands around it."""

_NAMES: dict[str, Factors] = {
    name: ((unit, 1),) for unit, names in _WRITTEN.items() for name in names.split()
} | _COMPOUND

_LENGTHS = ("毫米", "厘米", "分米", "米", "千米", "公里", "英寸", "英尺", "英里")
for _name in _LENGTHS:
    _NAMES["平方" + _name] = ((_NAMES[_name][0][0], 2),)
    _NAMES["立方" + _name] = ((_NAMES[_name][0][0], 3),)
for _name in (
    "元",
    "人",
    "吨",
    "千克",
    "平方米",
    "米",
    "个",
    "台",
    "本",
    "斤",
    "公顷",
    "亩",
    "美元",
):
    for _scale in ("百", "千", "万", "百万", "千万", "亿"):
        if _scale + _name not in _NAMES:
            _NAMES[_scale + _name] = ((_scale, 1), *_NAMES.get(_name, ((_name, 1),)))

LONGEST_NAME = max(map(len, _NAMES))

_SYMBOLS = {"$": "$", "¥": "元", "€": "€", "£": "£", "¢": "cent"}


@dataclass(frozen=True, slots=True)
class Measure:
    """What one of a unit is: ``factor`` times the base of ``dimensions``, which are sorted by name
    and have no power 0. A known unit of nothing (万, dozen) has no dimensions."""

    factor: Fraction
    dimensions: tuple[tuple[str, int], ...]
    known: bool
    """Whether every factor is a known unit. An unknown word is a dimension of its own."""


@lru_cache(maxsize=1024)
def measure(unit: Unit) -> Measure:
    factor = Fraction(1)
    dimensions: dict[str, int] = {}
    known = True
    for name, power in unit.factors:
        if name not in _KNOWN:
            known = False
            dimensions[name] = dimensions.get(name, 0) + power
            continue
        each, dimension, times = _KNOWN[name]
        factor *= each**power
        if times:
            dimensions[dimension] = dimensions.get(dimension, 0) + times * power
    kept = tuple(sorted((name, power) for name, power in dimensions.items() if power))
    return Measure(factor, kept, known)


def is_known(name: str) -> bool:
    """Whether a factor of a `Unit` is a known unit."""
    return name in _KNOWN


def named(word: str) -> Factors | None:
    """The known unit that a whole word means; capitals matter only where they must (mL, MB)."""
    return _NAMES.get(word) or (_NAMES.get(word.lower()) if len(word) > 2 else None)


def leading(run: str) -> tuple[Factors, int] | None:
    """The longest known unit that Chinese text begins with, and its length."""
    for length in range(min(len(run), LONGEST_NAME), 0, -1):
        if factors := _NAMES.get(run[:length]):
            return factors, length
    return None


def currency(sign: str) -> Factors:
    return ((_SYMBOLS[sign], 1),)


def multiply(left: Factors, right: Factors, power: int = 1) -> Factors:
    """Of two units; what cancels out is gone."""
    powers = dict(left)
    for name, times in right:
        powers[name] = powers.get(name, 0) + times * power
    return tuple((name, times) for name, times in powers.items() if times)
