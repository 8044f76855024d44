"""From prose to trees: what a line of a solution, an answer or the text of a problem states.

    read_line("所以面积 = 18 × 6 = 108 平方厘米。")   # one Chain: 面积 = 18 × 6 = 108 cm²
    read_line("She has 4 apples left.")              # (): nothing that could be judged

Nothing is guessed: what is doubtful is left out, since a misread number would make a false verdict.
Reading takes linear time within the bounds of `limits`, raises nothing, and evaluates nothing.

Where things are
    ``tree``        what there is to read; ``display`` and ``display_latex`` write it again.
    ``read``        lines, lines that end in ``=``, and what of a line was left unread.
    ``answer``      an answer; ``problem`` what a problem states and asks.
    ``tokens``      numbers, words and signs, with LaTeX (`latex`) and Unicode (`characters`) in one
                    form; ``prepare`` makes signs of words: 3加4等于7, ``4 x 2``, ``20 percent``.
    ``parser``      an expression: ``operands`` (numbers), ``measures`` (their units), ``names``
                    (letters, words, functions), ``brackets``, ``commands`` (LaTeX).
    ``sides``       one side of a statement; ``lines`` where statements begin and end (`starts`);
                    ``statements`` puts the prose around them (`context`) and joins them.
"""
