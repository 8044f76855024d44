"""What an answer says: a document, a choice, how it begins and ends, words, its language."""

import json
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from qwen_app.decoding.grammar import Choice, Regex
from qwen_app.decoding.json_schema.spec import JsonSchema
from qwen_app.errors import InvalidConstraint, Language
from qwen_app.features.prompts.checks.base import Finding

_OBJECT: Final = '{"type": "object", "minProperties": 1}'
_BOLD: Final = re.compile(r"\*\*[^\s*](?:[^*\n]*[^\s*])?\*\*")
_MOST_SHOWN: Final = 3
SCRIPTS: Final[dict[str, str]] = {
    "zh": "CJK",
    "ja": "HIRAGANA KATAKANA CJK",
    "ko": "HANGUL",
    "ar": "ARABIC",
    "fa": "ARABIC",
    "ur": "ARABIC",
    "he": "HEBREW",
    "ru": "CYRILLIC",
    "th": "THAI",
    "lo": "LAO",
    "my": "MYANMAR",
    "km": "KHMER",
    "hi": "DEVANAGARI",
    "bn": "BENGALI",
}
"""Of a language the scripts of its letters; those that are not here are written in Latin."""


@dataclass(frozen=True, slots=True)
class Json:
    """Nothing but a JSON document, under a schema if there is one."""

    schema: str = _OBJECT
    is_whole = True

    def constraint(self, language: Language) -> JsonSchema:  # noqa: ARG002
        return JsonSchema(self.schema, "pretty")

    def judge(self, text: str, language: Language) -> Finding:  # noqa: ARG002
        from qwen_app.decoding.json_schema.compile import compile_schema

        try:
            document = json.loads(text)
        except (ValueError, RecursionError) as error:
            return Finding(
                False,
                f"not one complete JSON document ({error})",
                f"不是一个完整的 JSON 文档（{error}）",
            )
        try:
            violations = compile_schema(self.schema).validate(document)[:_MOST_SHOWN]
        except InvalidConstraint as error:
            return Finding(False, error.en, error.zh)
        if violations:
            return Finding(
                False,
                "; ".join(violation.en for violation in violations),
                "；".join(violation.zh for violation in violations),
            )
        return Finding(True, "JSON that is valid under the schema", "符合 Schema 的 JSON")


@dataclass(frozen=True, slots=True)
class OneOf:
    """Nothing but one of these."""

    options: tuple[str, ...]
    is_whole = True

    def constraint(self, language: Language) -> Choice:  # noqa: ARG002
        return Choice(self.options)

    def judge(self, text: str, language: Language) -> Finding:  # noqa: ARG002
        ok = text.strip() in self.options
        listed_en, listed_zh = ", ".join(self.options), "、".join(self.options)
        if ok:
            return Finding(True, f"one of {listed_en}", f"属于选项：{listed_zh}")
        return Finding(False, f"none of {listed_en}", f"不属于选项：{listed_zh}")


@dataclass(frozen=True, slots=True)
class FirstLine:
    """The first line begins with a label such as ``Answer:`` and says something after it."""

    zh: str
    en: str
    is_whole = False

    def constraint(self, language: Language) -> Regex:
        label = "".join(f"\\x{{{ord(c):x}}}" for c in self._label(language))
        gap = "" if language == "zh" else " "
        return Regex(rf"(?s:{label}{gap}[^\s\n][^\n]{{0,200}}(?:\n.*)?)")

    def judge(self, text: str, language: Language) -> Finding:
        label = self._label(language)
        first = text.strip().split("\n", 1)[0].strip().replace("*", "")
        ok = first.startswith(label) and bool(first.removeprefix(label).strip())
        if ok:
            return Finding(True, f"begins with “{label}”", f"以“{label}”开头")
        return Finding(False, f"does not begin with “{label}”", f"没有以“{label}”开头")

    def _label(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True)
class LastLine:
    """The last line begins with a label and says something after it."""

    zh: str
    en: str
    is_whole = False

    def constraint(self, language: Language) -> None:  # noqa: ARG002
        return None

    def judge(self, text: str, language: Language) -> Finding:
        label = self.zh if language == "zh" else self.en
        last = text.strip().rsplit("\n", 1)[-1].strip().replace("*", "")
        if last.startswith(label) and last.removeprefix(label).strip():
            return Finding(True, f"ends with “{label}”", f"最后一行以“{label}”开头")
        return Finding(
            False, f"the last line does not begin with “{label}”", f"最后一行没有以“{label}”开头"
        )


@dataclass(frozen=True, slots=True)
class BoldAnswer:
    """The last line has something in bold: the answer."""

    is_whole = False

    def constraint(self, language: Language) -> None:  # noqa: ARG002
        return None

    def judge(self, text: str, language: Language) -> Finding:  # noqa: ARG002
        lines = [line for line in text.splitlines() if line.strip()]
        if lines and _BOLD.search(lines[-1]):
            return Finding(True, "the last line has the answer in bold", "最后一行有加粗的答案")
        return Finding(False, "no bold answer in the last line", "最后一行没有加粗的答案")


@dataclass(frozen=True, slots=True)
class Contains:
    """One of these stands somewhere in it; case does not count."""

    texts: tuple[str, ...]
    is_whole = False

    def constraint(self, language: Language) -> None:  # noqa: ARG002
        return None

    def judge(self, text: str, language: Language) -> Finding:  # noqa: ARG002
        folded = text.casefold()
        ok = any(each.casefold() in folded for each in self.texts)
        listed_en, listed_zh = " or ".join(self.texts), "或".join(self.texts)
        if ok:
            return Finding(True, f"has {listed_en}", f"含有{listed_zh}")
        return Finding(False, f"lacks {listed_en}", f"没有{listed_zh}")


@dataclass(frozen=True, slots=True)
class Excludes:
    """None of these stands anywhere in it; case does not count."""

    texts: tuple[str, ...]
    is_whole = False

    def constraint(self, language: Language) -> Regex | None:  # noqa: ARG002
        """Single signs can be kept out while the answer is written."""
        if any(len(each) > 1 for each in self.texts):
            return None
        kept_out = "".join(f"\\x{{{ord(each):x}}}" for each in self.texts)
        return Regex(f"[^{kept_out}]*")

    def judge(self, text: str, language: Language) -> Finding:  # noqa: ARG002
        folded = text.casefold()
        found = [each for each in self.texts if each.casefold() in folded]
        if found:
            return Finding(False, f"has {', '.join(found)}", f"出现了{'、'.join(found)}")
        listed_en, listed_zh = ", ".join(self.texts), "、".join(self.texts)
        return Finding(True, f"without {listed_en}", f"没有出现{listed_zh}")


@dataclass(frozen=True, slots=True)
class Script:
    """Most letters are of the script in which a language is written."""

    language: str
    """ISO 639-1."""
    is_whole = False

    def constraint(self, language: Language) -> None:  # noqa: ARG002
        return None

    def judge(self, text: str, language: Language) -> Finding:  # noqa: ARG002
        wanted = SCRIPTS.get(self.language, "LATIN").split()
        letters = [c for c in text if c.isalpha()]
        fitting = [c for c in letters if unicodedata.name(c, "").startswith(tuple(wanted))]
        ok = bool(letters) and 2 * len(fitting) > len(letters)
        if ok and self.language in ("ja", "zh"):
            kana = any(
                unicodedata.name(c, "").startswith(("HIRAGANA", "KATAKANA")) for c in letters
            )
            ok = kana if self.language == "ja" else not kana
        if ok:
            return Finding(
                True,
                f"written in the script of `{self.language}`",
                f"使用了 `{self.language}` 的文字",
            )
        return Finding(
            False,
            f"not written in the script of `{self.language}`",
            f"不是用 `{self.language}` 的文字写的",
        )
