"""Re-checking worked answers by exact arithmetic, without trusting how they were made."""

import ast
import re
from fractions import Fraction


def stated_root(answer: str) -> tuple[str, Fraction]:
    """Letter and value of the answer's bold last line.

    Raises:
        ValueError: there is none.
    """
    found = re.findall(r"\*\*([a-z]) = (-?\d+(?:/\d+)?)\*\*", answer)
    if not found:
        raise ValueError("no bold solution")
    letter, value = found[-1]
    return letter, Fraction(value)


def lines_hold(answer: str, root: Fraction, letter: str) -> bool:
    """Whether every equality in the answer is true for the root.

    The statement of the equation itself is included, so a miscopied one fails too. An answer
    without any equality does not hold.
    """
    text = answer.replace("**", "").replace("✓", "")
    chains = [c for c in re.split(r"[\n：:，,。；]|\bso\b|得|^\d+\.", text) if "=" in c]
    return bool(chains) and all(_chain_holds(chain, root, letter) for chain in chains)


def _chain_holds(chain: str, root: Fraction, letter: str) -> bool:
    parts = re.split("=", chain)
    values = []
    for part in parts:
        found = re.findall(rf"[-\d{letter}(][-+×÷*/().\d{letter}\s]*", part)
        if not found:
            return False
        value = evaluate(found[-1] if part is parts[0] else found[0], {letter: root})
        if value is None:
            return False
        values.append(value)
    return len(set(values)) == 1


def evaluate(expression: str, values: dict[str, Fraction]) -> Fraction | None:
    """An arithmetic expression by exact rational arithmetic; None when it is not one."""
    source = expression.strip().replace("×", "*").replace("÷", "/").replace("−", "-")
    source = re.sub(r"(\d)\s*([a-z(])", r"\1*\2", source)
    try:
        return _value(ast.parse(source, mode="eval").body, values)
    except (SyntaxError, KeyError, ValueError, ZeroDivisionError):
        return None


def _value(node: ast.expr, values: dict[str, Fraction]) -> Fraction:
    match node:
        case ast.Constant(value=int() | float() as number):
            return Fraction(str(number))
        case ast.Name(id=name):
            return values[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, values)
        case ast.BinOp(left=left, op=op, right=right):
            a, b = _value(left, values), _value(right, values)
            match op:
                case ast.Add():
                    return a + b
                case ast.Sub():
                    return a - b
                case ast.Mult():
                    return a * b
                case ast.Div():
                    return a / b
    raise ValueError("not arithmetic")
