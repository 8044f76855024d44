"""What the package's docstring promises."""

import pytest

from qwen_app.engine.base import ModelInfo
from qwen_app.engine.scripted import ScriptedEngine
from qwen_app.errors import InvalidInput
from qwen_app.features.tables.answering import ask_table, fill_fields
from qwen_app.features.tables.reading import read_table
from qwen_app.messages import Message, Request, SamplingParams

ARTICLE = "姓名,年龄,城市\n张三,28,杭州\n李四,32,北京\n王五,25,深圳"


def script(request: Request) -> str:
    last = request.prompt[-1]
    assert isinstance(last, Message)
    if "平均" in last.content:
        return 'SELECT AVG("年龄") FROM t'
    order = "DESC " if "大" in last.content else ""
    return f'SELECT "姓名", "年龄" FROM t ORDER BY "年龄" {order}LIMIT 1'


@pytest.mark.parametrize("is_demo", [True, False])
def test_the_article(is_demo: bool) -> None:
    info = ModelInfo("x", is_demo, 0, "fp32", "float32", "cpu", 8192, SamplingParams())
    engine = ScriptedEngine(script, info=info)
    table = read_table(ARTICLE)[0].table
    answer = ask_table(engine, table, "谁是最年轻的人？", seed=5)
    assert answer.sentence is not None
    assert answer.sentence.text == "王五，年龄 25 岁。"
    assert answer.sentence.cells == ((2, "姓名"), (2, "年龄"))
    assert answer.turn is not None
    follow_up = ask_table(engine, table, "那最大的呢？", turns=[answer.turn])
    assert follow_up.sentence is not None
    assert follow_up.sentence.text == "李四，年龄 32 岁。"
    filled = fill_fields(engine, table, ["平均年龄"], instruction="保留一位小数")
    engine.close()
    assert filled.document == {"平均年龄": 28.3}
    system = engine.requests[0].prompt[0]
    assert isinstance(system, Message)
    assert ("Examples" in system.content) is not is_demo
    assert engine.requests[1].sampling.seed == 5


def test_a_question_is_needed() -> None:
    with pytest.raises(InvalidInput):
        ask_table(ScriptedEngine(), read_table(ARTICLE)[0].table, "")
