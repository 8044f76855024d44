"""Which messages of a chat ask for JSON."""

import jsonschema
import pytest

from qwen_app.features.json_mode.demand import Demand, demand_of

ARTICLE = """| 姓名 | 年龄 | 城市 |
| --- | --- | --- |
| 张三 | 28 | 杭州 |
| 李四 | 32 | 北京 |
| 王五 | 25 | 深圳 |

请以 JSON 格式返回以下信息：最年长者的名字和所在城市；平均年龄（保留一位小数）。\
只返回 JSON，不要解释。"""


@pytest.mark.parametrize(
    "message",
    [
        ARTICLE,
        "请以 JSON 格式返回以下信息：最年长者的名字和所在城市",
        "只返回 JSON，不要解释。",
        "仅输出JSON",
        "用json回答：法国的首都和人口",
        "请按照 JSON 格式输出结果",
        "列出三种水果。请直接输出有效的 JSON。",
        "结果用 JSON 表示",
        "把上面的内容整理一下，以 JSON 形式给出",
        "请用 JSON 对象来回答",
        "给我一个 JSON",
        "回答必须是 JSON",
        "只要 JSON",
        "Return the following information as JSON: the oldest person's name and city.",
        "Name the largest ocean. Answer in JSON only.",
        "Please reply with valid JSON.",
        "Return only JSON, no explanation.",
        "What is the capital of France? Respond in JSON format.",
        "List three fruits with their colours as a JSON object",
        "Give me JSON.",
        "Tell me about Rome and Paris. JSON only.",
        "Your answer must be a JSON object.",
        "Extract name and age from the text below in JSON.\n\nAnn is 5.",
        "Could you answer in JSON?",
        "Output strict JSON",
        "the average age\nJSON only, please",
        "Who is older? Just JSON",
    ],
)
def test_a_demand_is_seen(message: str) -> None:
    assert demand_of(message) == Demand()


@pytest.mark.parametrize(
    "message",
    [
        "",
        "Hello!",
        "What is JSON?",
        "How do I return JSON in Flask?",
        "Write a function that returns JSON.",
        "Write a Python script which outputs valid JSON",
        "Give three advantages of JSON over XML.",
        "Give me an example of JSON syntax",
        'Explain this JSON: {"a": 1}',
        "Convert this JSON to YAML: {}",
        "Do not answer in JSON.",
        "Please don't return JSON, write a sentence.",
        "Answer in plain words, not in JSON",
        "Does the API return JSON?",
        "Can it respond in JSON?",
        "Return the JSON file to the folder",
        "My server should reply with JSON",
        "Which is better, YAML or JSON?",
        "Why must the output be JSON?",
        "什么是 JSON？",
        "如何让接口返回 JSON？",
        "写一个返回 JSON 的函数",
        "请编写代码，用 JSON 格式输出结果的程序",
        "JSON 和 XML 有什么区别？",
        "不要用 JSON 回答",
        "请不要返回 JSON，写一段话。",
        "解释一下这段 JSON：{}",
        "把这个 JSON 转成表格",
        "这个接口会返回 JSON 吗？",
        "为什么模型没有输出 JSON",
        "给我一个 JSON 示例",
        "服务器用 JSON 格式返回数据",
        "你喜欢 JSON 吗",
    ],
)
def test_what_only_speaks_of_json_is_not_taken_for_one(message: str) -> None:
    assert demand_of(message) is None


@pytest.mark.parametrize(
    ("message", "fields"),
    [
        ("Return JSON with the fields name, age and city.", ("name", "age", "city")),
        ('Answer in JSON with keys "first_name", "last_name".', ("first_name", "last_name")),
        ("Answer in JSON. Keys: a, b, and c", ("a", "b", "c")),
        ("请用 JSON 回答，字段：姓名、年龄和城市", ("姓名", "年龄", "城市")),
        ("以 JSON 格式返回，包含 name、age 两个字段", ("name", "age")),
        ("只返回 JSON，字段为“标题”，“作者”。", ("标题", "作者")),
    ],
)
def test_fields_that_are_listed_are_the_answer_s(message: str, fields: tuple[str, ...]) -> None:
    demand = demand_of(message)
    assert demand == Demand(fields=fields)
    schema = demand.schema()
    jsonschema.validate(dict.fromkeys(fields, 1), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({}, schema)


@pytest.mark.parametrize("message", ["List the colours as a JSON array.", "只输出 JSON 数组"])
def test_an_array_is_an_array(message: str) -> None:
    assert demand_of(message) == Demand(is_array=True)


@pytest.mark.parametrize(
    "message",
    [
        "Answer in JSON. The key is to be brief.",
        "Return JSON about the keys to success.",
        "用 JSON 回答，字段不要太多",
        "用 JSON 回答，键是唯一的",
    ],
)
def test_words_that_are_no_list_name_no_fields(message: str) -> None:
    assert demand_of(message) == Demand()


def test_a_long_message_costs_little() -> None:
    assert demand_of("please " * 20_000 + "JSON") is None
    assert demand_of(("and " * 90 + "JSON, ") * 300) is None
