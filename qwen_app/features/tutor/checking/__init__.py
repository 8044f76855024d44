"""Judging lines of mathematics: holds, fails (with what it should be), or cannot be checked.

from qwen_app.features.tutor.checking.checker import Checker

with Checker() as checker:
    session = checker.open("2x + 5 = 17")
    session.check_line("2x = 17 - 5 = 12").status    # holds
    session.check_line("x = 12 ÷ 2 = 7").findings[0].en
    # "12 ÷ 2 is 6, not 7."
    session.finish("x = 6").state                    # verified, were every line right
"""
