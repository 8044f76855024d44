# ruff: noqa: E501 - a text and its translation belong on one line
"""Texts and examples of the tutor's tab, in English and Chinese."""

from dataclasses import dataclass
from typing import Final

TUTOR_TEXTS: Final[dict[str, tuple[str, str]]] = {
    "tutor.history": ("Problems", "题目"),
    "tutor.history.none": ("No problems yet. They are kept in this browser only.", "还没有题目。题目只保存在此浏览器中。"),
    "tutor.new": ("New problem", "新题目"),
    "tutor.gone": ("This problem is no longer in this browser.", "此浏览器中已没有这道题。"),
    "tutor.storage.full": ("The browser's storage is full or off: what is new here is kept only while the page is open.", "浏览器存储空间已满或不可用：新内容仅在页面打开期间保留。"),
    "tutor.mode": ("How to work", "学习方式"),
    "tutor.mode.solve": ("Full solution", "完整解答"),
    "tutor.mode.hints": ("Hints", "逐步提示"),
    "tutor.mode.check": ("Check my work", "检查我的步骤"),
    "tutor.mode.practice": ("Practice", "练习"),
    # Problem and steps
    "tutor.problem": ("Problem", "题目"),
    "tutor.problem.placeholder": ("An equation, an inequality or a word problem", "方程、不等式或应用题"),
    "tutor.problem.optional": ("Problem (if there is one)", "题目（可不填）"),
    "tutor.steps": ("Your steps, one a line", "你的步骤，每行一步"),
    "tutor.steps.placeholder": ("2x = 17 - 5\n2x = 12\nx = 6", "2x = 17 - 5\n2x = 12\nx = 6"),
    "tutor.keys": ("Enter sends, Shift+Enter breaks the line", "Enter 发送，Shift+Enter 换行"),
    "tutor.keys.check": ("Ctrl+Enter checks", "Ctrl+Enter 检查"),
    "tutor.run.solve": ("Solve", "解题"),
    "tutor.run.hints": ("Give a hint", "给个提示"),
    "tutor.run.check": ("Check", "检查"),
    "tutor.missing.problem": ("Enter a problem first.", "请先输入题目。"),
    "tutor.missing.steps": ("Enter your steps first.", "请先输入你的步骤。"),
    # Empty state
    "tutor.empty.title.solve": ("A solution, checked line by line", "逐行核对的解答"),
    "tutor.empty.text.solve": ("The model writes; a computer algebra system checks each line as it appears. What could not be checked is marked so.", "模型写解答，计算机代数系统在每一行出现时加以核对；无法核对的会明确标出。"),
    "tutor.empty.title.hints": ("One hint at a time", "一次一个提示"),
    "tutor.empty.text.hints": ("Think first; take the next hint when you are stuck. The whole solution comes last.", "先自己想；卡住了再要下一个提示，完整解答放在最后。"),
    "tutor.empty.title.check": ("Your own steps, judged line by line", "逐行检查你的步骤"),
    "tutor.empty.text.check": ("The first wrong line is found and explained. This needs no model: a computer algebra system does it.", "找出并说明第一处错误。这不需要模型，由计算机代数系统完成。"),
    # Settings
    "tutor.options": ("Settings", "设置"),
    "tutor.guard": ("Calculator fills in results", "由计算器填写结果"),
    "tutor.guard.hint": ("After an expression and “=” the exact value is written by a calculator, not by the model.", "算式和“=”之后的数值由计算器写出，而不是模型。"),
    "tutor.solutions": ("Solutions written side by side", "同时写出的解答份数"),
    "tutor.solutions.hint": ("The answer on which most of those without an error agree is chosen. Automatic: several for word problems, one where the answer can be verified.", "从没有错误的解答中选取多数一致的答案。自动：应用题写多份，能直接验证的只写一份。"),
    "tutor.solutions.auto": ("Automatic", "自动"),
    "tutor.comment": ("The model explains the first wrong line", "由模型解释第一处错误"),
    "tutor.comment.hint": ("Besides the program's own explanation. What the model says is not checked.", "在程序说明之外补充。模型所说的内容未经核对。"),
    "tutor.sampling.hint": ("They apply to the tutor in this browser.", "对此浏览器中的数学辅导生效。"),
    # Lines
    "tutor.steps.list": ("Solution, line by line", "逐行解答"),
    "tutor.steps.own": ("Your steps, line by line", "你的步骤，逐行检查"),
    "tutor.line.holds": ("Holds", "成立"),
    "tutor.line.fails": ("Does not hold", "不成立"),
    "tutor.line.unchecked": ("Not checked", "未核对"),
    "tutor.line.nothing": ("Nothing to check", "无算式"),
    "tutor.line.checking": ("Checking", "正在核对"),
    "tutor.line.expected": ("It should be {value}.", "应为 {value}。"),
    "tutor.line.computed": ("calculator", "计算器"),
    "tutor.line.computed.hint": ("Filled in by a calculator, not by the model: {n}", "此行有 {n} 处数值由计算器填写，而不是模型"),
    "tutor.line.first": ("First wrong line", "第一处错误"),
    "tutor.line.rewritten": ("Rewritten: {n} earlier versions did not hold", "已重写：此前 {n} 次不成立"),
    "tutor.line.rewritten.one": ("Rewritten: the first version did not hold", "已重写：第一次写的不成立"),
    "tutor.replaced": ("Another solution is shown than the one you saw being written: it agrees with more of the others.", "显示的不是刚才看到的那份解答，而是与其他解答更一致的一份。"),
    # Answer
    "tutor.answer": ("Answer", "答案"),
    "tutor.answer.none": ("No final answer was found in it.", "没有找到最终答案。"),
    "tutor.state.verified": ("Verified", "已验证"),
    "tutor.state.partly": ("Partly verified", "部分验证"),
    "tutor.state.unverified": ("Not verified", "未验证"),
    "tutor.state.wrong": ("Wrong", "错误"),
    "tutor.agreement": ("{agreeing} of {drawn} solutions agree", "{drawn} 份解答中 {agreeing} 份一致"),
    "tutor.agreement.sound": ("{sound} of them without an error", "其中 {sound} 份没有错误"),
    "tutor.others": ("Other answers:", "其他答案："),
    "tutor.reference": ("Solved by the program itself:", "程序自行求解："),
    "tutor.computed": ("by calculator: {n}", "{n} 个数值由计算器填写"),
    "tutor.rewritten": ("lines rewritten: {n}", "重写 {n} 行"),
    "tutor.truncated": ("The solution was cut off before its end.", "解答在写完之前被截断。"),
    "tutor.comment.title": ("The model's words (not checked)", "模型的解释（未经核对）"),
    "tutor.export": ("Export as Markdown", "导出为 Markdown"),
    "tutor.graph": ("Graph", "图像"),
    # Hints
    "tutor.hints": ("Hints", "提示"),
    "tutor.hints.preparing": ("Preparing the hints", "正在准备提示"),
    "tutor.hint": ("Hint {n}", "提示 {n}"),
    "tutor.hint.next": ("Next hint ({n} of {count})", "下一个提示（第 {n} 个，共 {count} 个）"),
    "tutor.hint.last": ("Last hint: the answer", "最后一个提示：答案"),
    "tutor.hint.solution": ("Show the whole solution", "显示完整解答"),
    "tutor.hint.hide": ("Hide the solution", "隐藏完整解答"),
    "tutor.hint.unsure": ("The solution behind these hints is not verified: treat them with care.", "这些提示所依据的解答未经验证，请谨慎参考。"),
    # Practice
    "tutor.practice.title": ("Practice", "练习"),
    "tutor.practice.text": ("Every problem comes from a program that knows its answer, so marking needs no model.", "每道题都由已知答案的程序生成，评分不需要模型。"),
    "tutor.practice.topic": ("Topic", "主题"),
    "tutor.practice.level": ("Level", "难度"),
    "tutor.practice.language": ("Language", "语言"),
    "tutor.practice.language.page": ("As the page", "跟随页面"),
    "tutor.practice.next": ("Next problem", "下一题"),
    "tutor.practice.start": ("Start", "开始"),
    "tutor.practice.answer": ("Your answer", "你的答案"),
    "tutor.practice.answer.placeholder": ("x = 6, 3/4, 12 cm …", "x = 6、3/4、12 cm……"),
    "tutor.practice.mark": ("Check the answer", "检查答案"),
    "tutor.practice.right": ("Right!", "答对了！"),
    "tutor.practice.wrong": ("Not yet.", "还不对。"),
    "tutor.practice.unreadable": ("This could not be read.", "没有看懂。"),
    "tutor.practice.solution": ("Show the solution", "显示解答"),
    "tutor.practice.seen": ("The solution was shown, so this problem no longer counts.", "已显示解答，此题不再计分。"),
    "tutor.practice.again": ("Try again, or look at the solution.", "再试一次，或查看解答。"),
    "tutor.practice.hint": ("Give a hint", "给个提示"),
    "tutor.progress": ("Progress", "进度"),
    "tutor.progress.none": ("Nothing yet: answer a problem, and your progress appears here. It is kept in this browser only.", "还没有记录：答一道题，进度就会显示在这里。进度只保存在此浏览器中。"),
    "tutor.progress.topic": ("Topic", "主题"),
    "tutor.progress.asked": ("Answered", "已答"),
    "tutor.progress.right": ("Right at once", "一次答对"),
    "tutor.progress.streak": ("Streak", "连对"),
    "tutor.progress.best": ("Best streak", "最长连对"),
    "tutor.progress.total": ("All topics", "全部主题"),
    "tutor.progress.export": ("Export", "导出"),
    "tutor.progress.import": ("Import", "导入"),
    "tutor.progress.clear": ("Clear", "清空"),
    "tutor.progress.cleared": ("The progress was cleared.", "进度已清空。"),
    "tutor.progress.imported": ("The progress of {count} topics was added.", "已合并 {count} 个主题的进度。"),
    "tutor.progress.bad": ("This file holds no progress of this app. Nothing was changed.", "此文件不包含本应用的进度。未作任何更改。"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class TutorExample:
    """What an empty tab offers to click."""

    problem: str
    steps: str = ""


SOLVE_EXAMPLES: Final[tuple[tuple[TutorExample, TutorExample], ...]] = (
    (TutorExample("Solve the equation 2x + 5 = 17"), TutorExample("解方程 2x + 5 = 17")),
    (
        TutorExample("The length of a rectangle is 3 times its width. Its perimeter is 48 cm. What is its area?"),
        TutorExample("一个长方形的长是宽的3倍，周长是48cm，求面积。"),
    ),
    (TutorExample("Solve the inequality 3x - 7 > 5"), TutorExample("解不等式 3x - 7 > 5")),
)  # fmt: skip
"""(English, Chinese), for solutions and hints."""

CHECK_EXAMPLES: Final[tuple[tuple[TutorExample, TutorExample], ...]] = (
    (
        TutorExample("Solve 3(x - 2) = 12", "3x - 2 = 12\n3x = 14\nx = 14/3"),
        TutorExample("解方程 3(x - 2) = 12", "3x - 2 = 12\n3x = 14\nx = 14/3"),
    ),
    (
        TutorExample("Calculate 1/2 + 1/3", "1/2 + 1/3 = 2/5"),
        TutorExample("计算 1/2 + 1/3", "1/2 + 1/3 = 2/5"),
    ),
    (
        TutorExample("Solve x² - 5x + 6 = 0", "(x - 2)(x - 3) = 0\nx = 2 or x = 3"),
        TutorExample("解方程 x² - 5x + 6 = 0", "(x - 2)(x - 3) = 0\nx = 2 或 x = 3"),
    ),
)  # fmt: skip
