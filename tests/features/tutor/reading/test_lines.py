"""What lines state, by kind. Statements are compared as plain text, see `display.to_text`."""

import pytest

from qwen_app.features.tutor.reading.display import to_text
from qwen_app.features.tutor.reading.read import read_line, read_open, unread
from qwen_app.features.tutor.reading.tree import Chain, walk

ARITHMETIC = [
    ("They ate a total of 4 x 2 = 8 pieces of candy.", "4 × 2 = 8 pieces"),
    ("It takes 12 + 9 =21 minutes to bake each cake.", "12 + 9 = 21 min"),
    ("The cost was 15 × $5 = $75.", "15 × $5 = $75"),
    (
        "Each wall has 160 tiles and there are 3 walls so there are 160*3 = 480 tiles",
        "160 × 3 = 480 tiles",
    ),
    ("The school bought 2 x 2 = <<2*2=4>>4 models", "2 × 2 = 4 models"),
    ("There are 10 boys because 25x.4=10", "25 × .4 = 10"),
    ("On sale she paid 8 – 3 = 5 dollars", "8 - 3 = $5"),
    ("60/5=12 boxes", "60/5 = 12 boxes"),
    ("所以一共有 18 × 6 = 108（个）苹果。", "18 × 6 = 108 个"),
    ("12 元 × 5 = 60 元", "12 元 × 5 = 60 元"),
    ("48cm ÷ 2 = 24cm", "48 cm / 2 = 24 cm"),
    ("每个12元，买5个共12×5=60元。", "12 × 5 = 60 元"),
    ("１２＋３＝１５", "12 + 3 = 15"),
    ("3加4等于7", "3 + 4 = 7"),
    ("5个加3个等于8个", "5 个 + 3 个 = 8 个"),
    ("12除以4等于3", "12/4 = 3"),
    ("50的20%是10", "50 × 20% = 10"),
    ("80的百分之25是20", "80 × 25% = 20"),
    ("20% of 50 = 10", "20% × 50 = 10"),
    ("1/3 of the 36 guests = 12", "1/3 × 36 guests = 12"),
    ("2 plus 3 equals 5", "2 + 3 = 5"),
    ("1,234 + 2,345 = 3,579", "1234 + 2345 = 3579"),
    ("宽 = 30 ÷ 5 = 6，180 ÷ 6 = 30", "宽 = 30/5 = 6 | 180/6 = 30"),
    ("1 000 + 2 000 = 3 000", "1000 + 2000 = 3000"),
    ("3的平方等于9", "3^2 = 9"),
    ("17 ÷ 5 = 3……2", "17/5 = 3 …… 2"),
    ("17 ÷ 5 = 3余2", "17/5 = 3 …… 2"),
    ("5! = 120", "factorial(5) = 120"),
    ("2³ × 2² = 2⁵", "2^3 × 2^2 = 2^5"),
    ("√16 = 4", "sqrt(16) = 4"),
    ("10 mod 3 = 1", "10 mod 3 = 1"),
    ("gcd(12, 18) = 6", "gcd(12, 18) = 6"),
    ("15 > 14", "15 > 14"),
    ("10 ÷ 3 ≈ 3.33", "10/3 ≈ 3.33"),
    ("10/3 = 3.333...", "10/3 = 3.333..."),
    ("Step 1 - 5 + 3 = 8", "5 + 3 = 8"),
    ("第1步：5+3=8", "5 + 3 = 8"),
    ("1. 5 + 3 = 8", "5 + 3 = 8"),
    ("（1）5+3=8", "5 + 3 = 8"),
    ("- 5 + 3 = 8", "5 + 3 = 8"),
    ("①2+3=5", "2 + 3 = 5"),
]

FRACTIONS = [
    ("1 1/2 + 2 1/2 = 4", "1 1/2 + 2 1/2 = 4"),
    ("1½ + ½ = 2", "1 1/2 + 1/2 = 2"),
    ("1又1/2 + 1又2分之1 = 3", "1 1/2 + 1 1/2 = 3"),
    ("3分之2 + 3分之1 = 1", "2/3 + 1/3 = 1"),
    ("6 ÷ 1/2 = 12", "6 / (1/2) = 12"),
    ("3/ 1/4 = 12", "3 / (1/4) = 12"),
    (r"1\frac{1}{2} = \frac32", "1 1/2 = 3/2"),
    (r"0.\overline{3} = \frac{1}{3}", "0.(3) = 1/3"),
]

EQUATIONS = [
    ("2x + 5 = 17", "2x + 5 = 17"),
    ("2x = 17 - 5 = 12", "2x = 17 - 5 = 12"),
    ("两边同时除以2：x = 6", "x = 6"),
    ("2x=12：x=6", "2x = 12 | x = 6"),
    ("两边同时减去 5：2x + 5 - 5 = 17 - 5，得 2x = 12", "2x + 5 - 5 = 17 - 5 | 2x = 12"),
    ("We know that l = 3c and l + c = 120.", "l = 3c | l + c = 120"),
    ("x² - 5x + 6 = 0", "x^2 - 5x + 6 = 0"),
    ("(x-2)(x-3) = 0", "(x - 2) × (x - 3) = 0"),
    ("① + ② 得 4x = 8", "4x = 8"),
    ("x + y = 5 ①", "x + y = 5"),
    ("x + y = 5    (1)", "x + y = 5"),
    ("x = 2 或 x = 3", "x = 2 or x = 3"),
    (r"\begin{cases} x + y = 5 \\ x - y = 1 \end{cases}", "x + y = 5, x - y = 1"),
    (r"\left\{\begin{array}{l} x+y=5 \\ x-y=1 \end{array}\right.", "x + y = 5, x - y = 1"),
    ("-2 < x ≤ 5", "-2 < x ≤ 5"),
    ("|x - 3| = 5", "abs(x - 3) = 5"),
    ("x ∈ (2, 5]", "x ∈ (2, 5]"),
    ("x = ±2", "x = ±2"),
    ("2(3x)=6x", "2 × 3x = 6x"),
    ("There are x=80 men in the company.", "x = 80 men"),
    ("2x = 12 ⇒ x = 6", "2x = 12 | x = 6"),
    ("xy = 6", "xy = 6"),
]

GEOMETRY = [
    ("面积 = 长 × 宽 = 18 × 6 = 108（平方厘米）", "面积 = 长 × 宽 = 18 × 6 = 108 cm²"),
    ("所以长方形的周长 = 2 × (长 + 宽) = 48 cm", "长方形的周长 = 2 × (长 + 宽) = 48 cm"),
    ("速度 = 路程 ÷ 时间 = 120 ÷ 2 = 60（千米/时）", "速度 = 路程 / 时间 = 120/2 = 60 km/h"),
    ("Area = length × width = 5 × 3 = 15 square meters", "area = length × width = 5 × 3 = 15 m²"),
    ("S = πr² = 3.14 × 5² = 78.5", "S = πr^2 = 3.14 × 5^2 = 78.5"),
    ("S△ABC = 1/2 × 6 × 4 = 12", "S_{△ABC} = 1/2 × 6 × 4 = 12"),
    ("∠A = 180° - 60° - 50° = 70°", "∠A = 180° - 60° - 50° = 70°"),
    ("AB² + BC² = AC²", "AB^2 + BC^2 = AC^2"),
    ("甲：乙 = 2：3", "甲 : 乙 = 2 : 3"),
    ("3:4 = 6:8", "3 : 4 = 6 : 8"),
]

UNITS = [
    ("3小时20分 = 200分", "3 h 20 min = 200 min"),
    ("5元3角 = 5.3元", "5 元 3 角 = 5.3 元"),
    ("120 cm = 1.2 m", "120 cm = 1.2 m"),
    ("1千米 = 1000米", "1 km = 1000 m"),
    ("8 pounds of fruit = 128 ounces of fruit", "8 lb = 128 oz"),
    ("3.5万 = 35000", "3.5 万 = 35000"),
    ("360+48=408（万元）", "360 + 48 = 408 万元"),
    ("60 km/h × 2 h = 120 km", "60 km/h × 2 h = 120 km"),
    ("600 ml / 150 ml/serving = 4 servings", "600 mL / 150 mL/serving = 4 servings"),
    ("Fiona earns 40 hours/week * $20/hour = $800/week", "40 h/week × $20/h = $800/week"),
    ("So the club has 100 + 20 = $120 million", "100 + 20 = $120 million"),
    (r"\(2 \text{ m} + 3 \text{ m} = 5 \text{ m}\)", "2 m + 3 m = 5 m"),
]

LATEX = [
    (r"\(\frac{1}{2} + \frac{1}{3} = \frac{5}{6}\)", "1/2 + 1/3 = 5/6"),
    (r"\[ x = \frac{-b \pm \sqrt{b^2 - 4ac}}{2a} \]", "x = (-b ± sqrt(b^2 - 4 × ac)) / (2a)"),
    (r"所以 $2x = 12$，即 $x = 6$。", "2x = 12 | x = 6"),
    (r"$$3 \times 4 = 12$$", "3 × 4 = 12"),
    (r"$5 + $3 = $8", "$5 + $3 = $8"),
    (r"$\$5 \times 3 = \$15$", "$5 × 3 = $15"),
    (r"So \( 2x = \boxed{12} \).", "2x = 12"),
    (r"\sin^2\theta + \cos^2\theta = 1", "sin(θ)^2 + cos(θ)^2 = 1"),
    (r"\log_{2}{8} = 3", "log(8, 2) = 3"),
    (r"\sqrt[3]{27} = 3", "root(27, 3) = 3"),
    (r"a^{n+1} = a^n \cdot a", "a^(n + 1) = a^n × a"),
]

CALCULUS = [
    ("f(x) = x² + 2x，则 f'(x) = 2x + 2", "f(x) = x^2 + 2x | f'(x) = 2x + 2"),
    ("dy/dx = 2x", "dy/dx = 2x"),
    (r"\frac{d}{dx}(x^3) = 3x^2", "d/dx (x^3) = 3x^2"),
    ("(x^3)' = 3x^2", "(x^3)' = 3x^2"),
    ("∫ 2x dx = x^2 + C", "∫ (2x) dx = x^2 + C"),
    (
        r"\int_0^1 x^2\,dx = \left[\frac{x^3}{3}\right]_0^1 = \frac13",
        "∫_(0)^(1) (x^2) dx = [x^3 / 3]_(0)^(1) = 1/3",
    ),
    (r"\lim_{x \to 0} \frac{\sin x}{x} = 1", "lim_(x→0) (sin(x) / x) = 1"),
    (r"\sum_{k=1}^{10} k = 55", "∑_(k=1)^(10) (k) = 55"),
    ("C(5,2) = 10", "binomial(5, 2) = 10"),
    ("f(2) = 2×2+1 = 5", "f(2) = 2 × 2 + 1 = 5"),
]

LABELS = [
    ("Second = (1/2) * 14 = 7 oz", "second = 1/2 × 14 = 7 oz"),
    (
        "Mario ate 8 ounces + Lydia ate 24 ounces = 8 + 24 = 32 ounces",
        "8 oz + 24 oz = 8 + 24 = 32 oz",
    ),
    (
        "15 minutes in the first half + 25 minutes in the next floors = 40 minutes",
        "15 min + 25 min = 40 min",
    ),
    ("He will run 12 (from 3 miles) + 1 (from 1/4 mile) = 13 laps.", "12 + 1 = 13 laps"),
    (
        "Cody read 9 books each week after = 45 books / 9 books per week = 5 weeks.",
        "45 books / 9 books/week = 5 week",
    ),
    ("5 boxes = 5 × 12 = 60 pens", "5 × 12 = 60 pens"),
    ("The 3-point shots were worth 2*20=40 points", "2 × 20 = 40 points"),
    ("There are 30+10 = 40 blonde-haired girls.", "30 + 10 = 40 blonde"),
]

UNREAD = [
    "She has 4 apples left.",
    "2024-11-24 是周日，版本 1.2.3 发布。",
    "The party starts at 8:00 pm and ends at 10:30.",
    "twice 3 + 4 = 10",
    "She has 2 more than 5 + 3 = 10",
    "half of 20 = 10",
    "5 and a half + 3 = 8.5",
    "300多 + 200 = 500",
    "3个半小时 = 210分",
    "5 boxes = 60 pens",
    "4 weeks = 28",
    "1/3 is 5 pounds",
    "5 + 3 is 2 more than 6",
    "The latest is 8-3 = 5:00 pm",
    "x2 + 3 = 7",
    "1 2 + 3 = 6",
    "如下：= 5",
    "第3+2=5",
]


@pytest.mark.parametrize(
    ("text", "expected"),
    ARITHMETIC + FRACTIONS + EQUATIONS + GEOMETRY + UNITS + LATEX + CALCULUS + LABELS,
)
def test_what_a_line_states(text: str, expected: str) -> None:
    statements = read_line(text)
    assert " | ".join(map(to_text, statements)) == expected
    for statement in statements:
        assert 0 <= statement.start < statement.end <= len(text)


@pytest.mark.parametrize("text", UNREAD)
def test_what_is_doubtful_is_left_out(text: str) -> None:
    assert read_line(text) == ()


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("So they have 68 - 8 = 60 pieces.", ["68 - 8 = 60 pieces"]),
        ("得 2x = 12，所以 x = 6。", ["2x = 12", "x = 6"]),
        ("解：\n2x=4\nx=2", ["2x=4", "x=2"]),
        (r"\(x = \frac{1}{2}\)", [r"x = \frac{1}{2}"]),
    ],
)
def test_spans_hold_the_statement(text: str, spans: list[str]) -> None:
    assert [text[each.start : each.end] for each in read_line(text)] == spans


@pytest.mark.parametrize(
    ("text", "main", "other"),
    [
        ("1/2x + 3 = 7", "(1/2)x", "1/(2x)"),
        ("c = L/2π", "L / (2 × π)", "L / 2 × π"),
        ("9(1/2) = y", "9 × (1/2)", "9 1/2"),
        ("19/20 × 100 = 95%", "95%", "95"),
    ],
)
def test_what_is_written_for_two_things_is_read_as_both(text: str, main: str, other: str) -> None:
    (statement,) = read_line(text)
    first = read_line(main + " = 1")[0]
    second = read_line(other + " = 1")[0]
    assert isinstance(statement, Chain)
    assert statement.alternatives
    readings = [
        node
        for each in (statement, *statement.alternatives)
        for side in each.sides
        for node in walk(side)
    ]
    for expected in (first, second):
        assert isinstance(expected, Chain)
        assert expected.sides[0] in readings


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("所以 3 × 4 =", "3 × 4"),
        ("x = 17 - 5 = ", "x = 17 - 5"),
        ("22 ÷ 7 ≈", "22/7"),
        ("It costs 5 × $3 = ", "5 × $3"),
        (r"\(\frac{3}{4} + \frac{1}{4} =", "3/4 + 1/4"),
        ("first line = 3\n12 × 2 =", "12 × 2"),
        ("面积 = 长 × 宽 =", "面积 = 长 × 宽"),
    ],
)
def test_a_chain_that_is_left_open(text: str, expected: str) -> None:
    chain = read_open(text)
    assert chain is not None
    assert " = ".join(map(to_text, chain.sides)) == expected
    assert len(chain.operators) == len(chain.sides)


@pytest.mark.parametrize(
    "text", ["", "3 × 4", "3 × 4 = 12", "twice 3 + 4 =", "3 × 4 = \n", "he said =", "2 × (3 + 4 ="]
)
def test_nothing_is_left_open(text: str) -> None:
    assert read_open(text) is None


def test_what_was_left_unread_is_told() -> None:
    text = "twice 3 + 4 = 10 and 3 + 4 = 7"
    statements = read_line(text)
    assert [to_text(each) for each in statements] == ["3 + 4 = 7"]
    assert [text[start:end] for start, end in unread(text, statements)] == ["="]
    assert unread("3 + 4 = 7", read_line("3 + 4 = 7")) == ()
