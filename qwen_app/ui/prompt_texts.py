# ruff: noqa: E501 - a text and its translation belong on one line
"""The texts of the prompt library, in English and Chinese; see `qwen_app.ui.texts`."""

from typing import Any, Final

PROMPT_TEXTS: Final[dict[str, tuple[str, str]]] = {
    "prompts.library": ("Prompt library", "提示词库"),
    "prompts.filter": ("Filter templates", "筛选模板"),
    "prompts.nothing": ("No template fits.", "没有符合的模板。"),
    "prompts.kind": ("Kind", "类别"),
    "prompts.kind.role": ("Role", "角色"),
    "prompts.kind.thinking": ("Thinking", "思考方式"),
    "prompts.kind.format": ("Format", "输出格式"),
    "prompts.kind.length": ("Length", "长度"),
    "prompts.none": ("None", "不使用"),
    "prompts.choose": ("Choose", "请选择"),
    "prompts.mine": ("My templates", "我的模板"),
    "prompts.own": ("mine", "我的"),
    "prompts.needed": ("needed", "必填"),
    "prompts.lines": ("One a line", "每行一项"),
    "prompts.comma": (", ", "、"),
    "prompts.example": ("For example: {example}", "例如：{example}"),
    "prompts.rate.hint": ("When it was measured on this model, {passed} of {runs} answers kept to it.", "在此模型上测量时，{runs} 个回答中有 {passed} 个符合要求。"),
    # Composing
    "prompts.compose": ("Compose a prompt", "组合提示词"),
    "prompts.clear": ("Clear choice", "清除选择"),
    "prompts.task": ("Task", "任务"),
    "prompts.task.placeholder": ("What the model should do. Ctrl+Enter tries it.", "希望模型完成的任务。按 Ctrl+Enter 试用。"),
    "prompts.task.none": ("Nothing yet", "尚未填写"),
    "prompts.try": ("Try it", "试用"),
    "prompts.use": ("Use it in", "用于"),
    "prompts.final": ("The final prompt", "最终提示词"),
    "prompts.tokens": ("{n} tokens", "{n} 个 token"),
    "prompts.held.decoding": ("held while writing", "生成时保证"),
    "prompts.held.checked": ("checked afterwards", "完成后检查"),
    "prompts.answer": ("Answer", "回答"),
    # Own templates
    "prompts.create": ("New template", "新建模板"),
    "prompts.change": ("Change template", "修改模板"),
    "prompts.edit": ("Edit {title}", "编辑 {title}"),
    "prompts.view": ("How to write it", "编写方式"),
    "prompts.view.form": ("Form", "表单"),
    "prompts.view.source": ("Text", "文本"),
    "prompts.title": ("Name", "名称"),
    "prompts.text": ("What the model reads", "模型读到的内容"),
    "prompts.text.hint": ("Write {{topic}} where something is to be filled in each time.", "每次需要填写的地方写成 {{主题}}。"),
    "prompts.most": ("At most", "最多"),
    "prompts.unit": ("Unit", "单位"),
    "prompts.unit.characters": ("characters", "字"),
    "prompts.unit.words": ("words", "词"),
    "prompts.unit.sentences": ("sentences", "句"),
    "prompts.unit.items": ("list items", "条"),
    "prompts.source": ("Template as YAML or JSON", "模板（YAML 或 JSON）"),
    "prompts.source.hint": ("kind, name, title, text; about, variables, checks and example where they are needed. The README describes them all.", "必填：kind、name、title、text；可选：about、variables、checks、example。详见 README。"),
    "prompts.source.new": (
        "- kind: format\n  name: press-release\n  title: Press release\n  text: Write a press release about {{topic}} with a headline.\n  variables:\n    - {name: topic, type: text, title: Topic}\n",
        "- kind: format\n  name: press-release\n  title: 新闻稿\n  text: 请以{{topic}}为主题写一篇带标题的新闻稿。\n  variables:\n    - {name: topic, type: text, title: 主题}\n",
    ),
    "prompts.line": ("Line {line}: ", "第 {line} 行："),
    "prompts.save": ("Save", "保存"),
    "prompts.remove": ("Delete", "删除"),
    "prompts.removed": ("Deleted: {title}", "已删除：{title}"),
    "prompts.taken": ("You have a template called {title} already; choose another name.", "您已有名为 {title} 的模板，请换一个名称。"),
    "prompts.import": ("Import", "导入"),
    "prompts.import.none": ("There is no template in this text.", "其中没有模板。"),
    "prompts.import.bad": ("Nothing was imported from {name}: {problems}", "未从 {name} 导入任何内容：{problems}"),
    "prompts.imported": ("{count} templates imported.", "已导入 {count} 个模板。"),
    "prompts.export": ("Export mine", "导出我的模板"),
    "prompts.export.none": ("You have no templates of your own yet.", "您还没有自己的模板。"),
    "prompts.storage.full": ("The browser's storage is full: your templates are kept only while the page is open. Export them.", "浏览器存储空间已满：您的模板仅在页面打开期间保留，请导出。"),
    # In other tabs
    "prompts.button": ("Prompts", "提示词"),
    "prompts.button.hint": ("Role, thinking, format and length from the prompt library", "从提示词库选择角色、思考方式、格式和长度"),
    "prompts.tables.hint": ("For answers in the model's own words (summaries, explanations). A computed answer is worded by the program and has no use for them.", "用于模型以自己的话回答（总结、解释等）。由查询算出的答案由程序组织语言，不受影响。"),
    "prompts.tutor.hint": ("A role, and a most number of characters. What a solution looks like is settled by how its lines are checked.", "可选择角色和字数上限。解答的写法由逐行核对的方式决定。"),
    "prompts.taken.over": ("In use here: {titles}", "已用于此处：{titles}"),
    "prompts.some.left": ("This tab has no use for: {titles}", "此页不适用：{titles}"),
}  # fmt: skip

PROMPT_EXAMPLES: Final[list[dict[str, Any]]] = [
    {
        "title": {
            "en": "A rectangle, step by step, in 300 characters",
            "zh": "数学老师讲长方形面积：逐步说明，答案加粗，300 字以内",
        },
        "task": {
            "en": "The length of a rectangle is 3 times its width, and its perimeter is 48 cm."
            " Find its area.",
            "zh": "一个长方形的长是宽的3倍，周长是48cm，求它的面积。",
        },
        "role": "math-teacher",
        "thinking": "step-by-step",
        "format": "bold-answer",
        "length": "characters",
        "variables": [{"name": "length.limit", "value": 300}],
    },
    {
        "title": {"en": "Three tips as a numbered list", "zh": "用编号列表给出三条建议"},
        "task": {
            "en": "How can I learn ten English words a day?",
            "zh": "怎样每天记住十个英语单词？",
        },
        "role": "english-teacher",
        "format": "numbered-list",
        "variables": [{"name": "format.count", "value": 3}],
    },
    {
        "title": {"en": "Yes or no, with one sentence", "zh": "先回答是或否"},
        "task": {"en": "Is 91 a prime number?", "zh": "91 是质数吗？"},
        "format": "yes-no",
        "variables": [],
    },
]
"""Three compositions to click."""
