"""Random trees of the kinds that reading gives."""

from fractions import Fraction

from hypothesis import strategies as st

from qwen_app.features.tutor.reading.tree import (
    Apply,
    Binary,
    Blank,
    Call,
    Constant,
    Expression,
    Negative,
    Number,
    Percent,
    PlusMinus,
    Quantity,
    SetOf,
    Symbol,
    Unit,
)


def _number(digits: int, decimals: int) -> Number:
    text = str(digits)
    if decimals:
        text = f"{digits:0{decimals + 1}d}"
        text = f"{text[:-decimals]}.{text[-decimals:]}"
    return Number(Fraction(digits, 10**decimals), decimals, text)


def _mixed(whole: int, above: int, more: int) -> Number:
    below = above + more
    value = whole + Fraction(above, below)
    return Number(value, None, f"{whole} {above}/{below}")


numbers = st.builds(_number, st.integers(0, 10**6), st.integers(0, 4)) | st.builds(
    _mixed, st.integers(1, 20), st.integers(1, 9), st.integers(1, 9)
)
letters = st.sampled_from("xyznkpqrw")
names = st.builds(Symbol, letters) | st.builds(Symbol, letters, st.sampled_from("123"))
words = st.sampled_from([Symbol("面积"), Symbol("长"), Symbol("alpha"), Symbol("AB"), Symbol("∠A")])
units = st.sampled_from(
    [
        Unit((("cm", 1),)),
        Unit((("cm", 2),)),
        Unit((("km", 1), ("h", -1))),
        Unit((("元", 1),)),
        Unit((("$", 1),)),
        Unit((("kg", 1),)),
        Unit((("万", 1), ("元", 1))),
        Unit((("apples", 1),)),
    ]
)
atoms = numbers | names | words | st.just(Constant("pi")) | st.builds(Quantity, numbers, units)


def _compound(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    return st.one_of(
        st.builds(Negative, inner),
        st.builds(Binary, st.sampled_from("+-*/^"), inner, inner),
        st.builds(Binary, st.just("*"), inner, inner, st.just("implicit")),
        st.builds(PlusMinus, inner, inner, st.booleans()),
        st.builds(Percent, numbers),
        st.builds(
            Call, st.sampled_from(["sqrt", "sin", "ln", "abs", "factorial"]), st.tuples(inner)
        ),
        st.builds(Call, st.sampled_from(["gcd", "root", "log"]), st.tuples(inner, inner)),
        st.builds(Apply, st.sampled_from("fg"), st.tuples(inner), st.integers(0, 2)),
        st.builds(SetOf, st.tuples(inner, inner)),
    )


expressions: st.SearchStrategy[Expression] = st.recursive(atoms, _compound, max_leaves=14)
sides = expressions | st.just(Blank())
