"""From the bytes of a request to a validated model, or an error that says what to mend."""

import json
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, from_json
from starlette.requests import Request

from qwen_app.api.errors import BodyTooLarge, UnsupportedMediaType
from qwen_app.errors import InvalidInput, UnsupportedField

Model = TypeVar("Model", bound=BaseModel)


async def read_body(request: Request, model: type[Model], max_bytes: int) -> Model:
    """
    Raises:
        InvalidInput: the body is too large, not JSON, or not what ``model`` describes.
        ClientDisconnect: the client left while it was sending.
    """
    return parse(await _read(request, max_bytes), model)


async def _read(request: Request, max_bytes: int) -> bytes:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if media_type != "application/json" or encoding != "identity":
        raise UnsupportedMediaType(
            "The body must be uncompressed JSON: send 'Content-Type: application/json'.",
            "请求体须为未压缩的 JSON，请发送 'Content-Type: application/json'。",
        )
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > max_bytes:
            raise BodyTooLarge(
                f"The body is larger than {max_bytes} bytes, the most that this server reads.",
                f"请求体超过 {max_bytes} 字节，这是服务器接受的上限。",
            )
    return bytes(body)


def parse(data: bytes, model: type[Model]) -> Model:
    """
    Raises:
        InvalidInput: see `read_body`.
    """
    try:
        value = from_json(data, allow_inf_nan=False)
    except ValueError as error:
        raise InvalidInput(
            f"The body is not valid JSON in UTF-8: {error}.",
            f"请求体不是有效的 UTF-8 JSON：{error}。",
        ) from None
    if not isinstance(value, dict):
        raise InvalidInput("The body must be a JSON object.", "请求体须为 JSON 对象。")
    try:
        return model.model_validate(value)
    except ValidationError as invalid:
        # One at a time: the first is in the order of the fields, and the others often follow
        # from it.
        details = invalid.errors(include_url=False)
        raise _explain(details[0]) from None


_SHAPES = {
    "string_type": ("a string", "字符串"),
    "int_type": ("an integer", "整数"),
    "int_from_float": ("an integer", "整数"),
    "float_type": ("a number", "数字"),
    "bool_type": ("true or false", "true 或 false"),
    "list_type": ("an array", "数组"),
    "dict_type": ("an object", "对象"),
    "model_type": ("an object", "对象"),
    "finite_number": ("a finite number", "有限的数字"),
    "greater_than_equal": ("at least {ge}", "不小于 {ge} 的数"),
    "greater_than": ("more than {gt}", "大于 {gt} 的数"),
    "less_than_equal": ("at most {le}", "不大于 {le} 的数"),
    "less_than": ("less than {lt}", "小于 {lt} 的数"),
    "string_too_short": ("a string that is not empty", "非空字符串"),
    "too_short": ("an array with at least {min_length} item(s)", "至少含 {min_length} 项的数组"),
    "too_long": ("an array of at most {max_length} items", "最多含 {max_length} 项的数组"),
    "schema": ("a JSON Schema: an object, true or false", "JSON Schema（对象、true 或 false）"),
    "tool_name": (
        "1 to 64 of the characters a-z, A-Z, 0-9, _ and -",
        "1 至 64 个字符，仅限 a-z、A-Z、0-9、_ 和 -",
    ),
}
"""What a value has to be, by the kind of pydantic's error, in English and Chinese."""

_STRING_OR_ARRAY = {"stop": "strings", "content": "text parts"}

_TAGGED = ("tool_choice",)
"""Fields of several shapes; pydantic puts the name of the shape after them, which no client
knows."""


def _explain(details: ErrorDetails) -> InvalidInput:
    kind, context = details["type"], details.get("ctx", {})
    location = details["loc"]
    if location[0] in _TAGGED:
        location = (location[0], *location[2:])
    param = _path(location)
    got = _short(details["input"])
    if kind == "extra_forbidden":
        return UnsupportedField(
            f"`{param}` is not supported by this server; remove it. "
            "/openapi.json lists the fields that are.",
            f"此服务器不支持 `{param}`，请删除。/openapi.json 列出了支持的字段。",
            param=param,
        )
    if kind == "literal_error":
        expected = context["expected"]
        return UnsupportedField(
            f"`{param}` can only be {expected} on this server, not {got}.",
            f"在此服务器上，`{param}` 只能是 {expected}，不能是 {got}。",
            param=param,
        )
    if kind == "missing":
        return InvalidInput(
            f"`{param}` is missing; it is required.", f"缺少必填字段 `{param}`。", param=param
        )
    last = location[-1]
    if kind == "list_type" and last in _STRING_OR_ARRAY:
        en, zh = f"a string or an array of {_STRING_OR_ARRAY[str(last)]}", "字符串或数组"
    elif kind in _SHAPES:
        en, zh = (text.format(**context) for text in _SHAPES[kind])
    else:
        return InvalidInput(
            f"`{param}` is not valid: {details['msg']}; got {got}.",
            f"`{param}` 无效：{details['msg']}；收到的是 {got}。",
            param=param,
        )
    return InvalidInput(
        f"`{param}` must be {en}; got {got}.", f"`{param}` 须为{zh}；收到的是 {got}。", param=param
    )


def _path(location: tuple[int | str, ...]) -> str:
    path = ""
    for step in location:
        if isinstance(step, int):
            path += f"[{step}]"
        else:
            path += f".{_short(step, quoted=False)}" if path else _short(step, quoted=False)
    return path


def _short(value: object, *, quoted: bool = True) -> str:
    """A value as JSON, cut so that an error stays readable."""
    if isinstance(value, list | dict):
        return "an array" if isinstance(value, list) else "an object"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**30:
        return "a huge integer"  # its digits are slow to write and of no use
    text = json.dumps(value, ensure_ascii=False) if quoted else str(value)
    return text if len(text) <= 60 else text[:57] + "..."
