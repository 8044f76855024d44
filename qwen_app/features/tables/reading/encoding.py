"""Text from bytes whose encoding is not said."""

import codecs
import re

from qwen_app.errors import InvalidInput

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(rb"(?:charset|encoding)\s*=\s*[\"']?\s*([A-Za-z0-9_-]{3,20})", re.I)
_HEAD = 4096
_SAMPLE = 64 * 1024


def decode(data: bytes) -> str:
    """The text of a file: by its byte order mark, as UTF-8, as it declares, else by its letters.

    Raises:
        InvalidInput: the bytes are no text.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _decode(data, encoding)
    head = data[:_HEAD]
    pairs = len(head) // 2
    if pairs and head[1::2].count(0) > 0.4 * pairs:  # Latin letters of UTF-16 without a mark
        return _decode(data, "utf-16-le")
    if pairs and head[0::2].count(0) > 0.4 * pairs:
        return _decode(data, "utf-16-be")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    if match := _DECLARED.search(head):
        name = match[1].decode("ascii").lower()
        try:
            return data.decode("gb18030" if name in ("gb2312", "gbk") else name)
        except (LookupError, UnicodeDecodeError):
            pass  # it declares what it is not
    return _guess(data)


def _decode(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise InvalidInput(
            f"The file begins like {encoding} and is not. Save it as UTF-8.",
            f"文件开头像是 {encoding}，内容却不是。请另存为 UTF-8。",
            param="file",
        ) from None


def _guess(data: bytes) -> str:
    """GB18030 when it reads as common Chinese, else what charset-normalizer makes of a sample."""
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        text = ""
    foreign = [char for char in text[:_SAMPLE] if char > "\x7f"]
    common = sum(
        "\u4e00" <= char <= "\u9fff" or char in "，。、：；（）％《》“”￥" for char in foreign
    )
    if foreign and common >= 0.9 * len(foreign):
        return text
    from charset_normalizer import from_bytes

    best = from_bytes(data[:_SAMPLE]).best()
    if best is not None:
        try:
            return data.decode(best.encoding)
        except UnicodeDecodeError:
            pass
    raise InvalidInput(
        "The file's encoding was not recognised. Save it as UTF-8.",
        "无法识别文件的编码。请另存为 UTF-8。",
        param="file",
    )
