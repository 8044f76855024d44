"""Characters that mean the same in mathematics, brought to one form, each for exactly one."""

import re

_FULL_WIDTH = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
_OTHERS = {
    "\u3000": " ",
    "\u00a0": " ",
    "\u2009": " ",
    "\u202f": " ",
    "−": "-",
    "–": "-",
    "—": "-",
    "‒": "-",
    "﹣": "-",
    "‐": "-",
    "‑": "-",
    "﹢": "+",
    "×": "*",
    "✕": "*",
    "✖": "*",
    "⨯": "*",
    "⋅": "*",
    "·": "*",
    "∙": "*",
    "•": "*",
    "∗": "*",
    "⁎": "*",
    "➗": "÷",
    "∕": "/",
    "⁄": "/",
    "∶": ":",
    "﹕": ":",
    "﹦": "=",
    "≒": "≈",
    "≃": "≈",
    "≅": "≈",
    "≐": "≈",
    "≦": "≤",
    "⩽": "≤",
    "≧": "≥",
    "⩾": "≥",
    "﹤": "<",
    "﹥": ">",
    "〈": "(",
    "〉": ")",
    "﹙": "(",
    "﹚": ")",
    "【": "[",
    "】": "]",
    "〔": "(",
    "〕": ")",
    "﹪": "%",
    "٪": "%",
    "￥": "¥",
    "，": ",",
    "、": "、",
    "。": "。",
    "．": ".",
    "‘": "'",
    "’": "'",
    "′": "'",
    "″": '"',
    "“": '"',
    "”": '"',
    "∣": "|",
    "⋯": "…",
    "﹍": "_",
    "＿": "_",
    "▢": "□",
    "◻": "□",
    "☐": "□",
    "⬜": "□",
}
_TABLE = str.maketrans(_FULL_WIDTH | _OTHERS)

SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁿˣʸ", "0123456789+-()nxy", strict=True))
SUBSCRIPTS = dict(zip("₀₁₂₃₄₅₆₇₈₉ₐₙₓₘₖᵢⱼ", "0123456789anxmkij", strict=True))

FRACTIONS = {
    "½": (1, 2),
    "⅓": (1, 3),
    "⅔": (2, 3),
    "¼": (1, 4),
    "¾": (3, 4),
    "⅕": (1, 5),
    "⅖": (2, 5),
    "⅗": (3, 5),
    "⅘": (4, 5),
    "⅙": (1, 6),
    "⅚": (5, 6),
    "⅐": (1, 7),
    "⅛": (1, 8),
    "⅜": (3, 8),
    "⅝": (5, 8),
    "⅞": (7, 8),
    "⅑": (1, 9),
    "⅒": (1, 10),
}

UNIT_CHARACTERS = {"℃": "°C", "℉": "°F", "㎝": "cm", "㎜": "mm", "㎞": "km", "㎏": "kg", "㎡": "m²"}

GREEK_LETTERS = {
    "α": "alpha",
    "β": "beta",
    "γ": "gamma",
    "δ": "delta",
    "ε": "epsilon",
    "θ": "theta",
    "λ": "lambda",
    "μ": "mu",
    "ρ": "rho",
    "σ": "sigma",
    "τ": "tau",
    "φ": "phi",
    "ϕ": "phi",
    "ψ": "psi",
    "ω": "omega",
    "Δ": "Δ",
    "∆": "Δ",
}


_PAUSE = re.compile(r"(?<=[0-9０-９])，(?=[0-9０-９])")
"""A Chinese comma never stands inside a number: 宽 = 6，180 ÷ 6 = 30."""


def narrow(text: str) -> str:
    """The text in narrow signs, character for character."""
    return _PAUSE.sub("、", text).translate(_TABLE)


def is_han(character: str) -> bool:
    return "\u4e00" <= character <= "\u9fff" or character in "〇㎡々"
