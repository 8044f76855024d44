"""From prose to trees: what a line of a solution, or the text of a problem, states.

    read_line("所以面积 = 18 × 6 = 108 平方厘米。")   # one Chain: 面积 = 18 * 6 = 108 cm^2
    read_line("She has 4 apples left.")              # (): nothing that could be judged

Nothing is guessed: what is doubtful is left out, since a misread number would make a false verdict.
Reading takes linear time within the bounds of `limits`, raises nothing, and evaluates nothing.
"""
