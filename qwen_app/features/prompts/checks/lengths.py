"""How long an answer may be."""

from dataclasses import dataclass
from typing import Final

from qwen_app.decoding.length_guard import LengthGuard
from qwen_app.errors import Language
from qwen_app.features.prompts.checks.base import Finding
from qwen_app.text.counting import Unit, count

UNIT_NAMES: Final[dict[Unit, tuple[str, str]]] = {
    "characters": ("characters", "字"),
    "words": ("words", "个词"),
    "sentences": ("sentences", "句"),
    "items": ("items", "条"),
    "lines": ("lines", "行"),
    "paragraphs": ("paragraphs", "段"),
}


@dataclass(frozen=True, slots=True)
class Length:
    """Between ``least`` and ``most`` of a unit; None is no bound."""

    unit: Unit
    least: int | None = None
    most: int | None = None
    is_whole = False

    def constraint(self, language: Language) -> LengthGuard:
        return LengthGuard(self.unit, self.most, self.least or 0, language)

    def judge(self, text: str, language: Language) -> Finding:
        found = count(text, self.unit, language)
        en, zh = UNIT_NAMES[self.unit]
        if self.most is None:
            bound_en, bound_zh = f"at least {self.least}", f"至少 {self.least} {zh}"
        elif self.least:
            bound_en = f"{self.least} to {self.most}"
            bound_zh = f"{self.least} 到 {self.most} {zh}"
        else:
            bound_en, bound_zh = f"at most {self.most}", f"最多 {self.most} {zh}"
        ok = (self.least or 0) <= found and (self.most is None or found <= self.most)
        return Finding(ok, f"{found} {en} ({bound_en})", f"{found} {zh}（{bound_zh}）")
