"""How numbers and terms are written in problems and solutions."""

from fractions import Fraction


def show(value: Fraction | int) -> str:
    """``6``, ``-7/3``."""
    return str(value)


def decimal(value: Fraction) -> str:
    """``0.15``; a value without a finite decimal stays a fraction."""
    places = 0
    while value.denominator != 1 and (value * 10**places).denominator != 1:
        if places == 9:
            return str(value)
        places += 1
    if not places:
        return str(value.numerator)
    scaled = abs(int(value * 10**places))
    text = f"{scaled:0{places + 1}d}"
    return f"{'-' if value < 0 else ''}{text[:-places]}.{text[-places:]}"


def factor(value: Fraction | int) -> str:
    """The value where a sign may not stand bare: ``(-3)``."""
    return f"({value})" if value < 0 else str(value)


def signed(value: Fraction | int) -> str:
    """``+ 5`` or ``- 5``."""
    return f"+ {value}" if value >= 0 else f"- {-value}"


def term(coefficient: int, letter: str) -> str:
    """``3x``, ``x``, ``-x``."""
    return {1: letter, -1: f"-{letter}"}.get(coefficient, f"{coefficient}{letter}")


def signed_term(coefficient: int, letter: str) -> str:
    """``+ 3x`` or ``- x``."""
    sign = "+" if coefficient >= 0 else "-"
    return f"{sign} {term(abs(coefficient), letter)}"
