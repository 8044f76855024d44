"""Every error that this package raises on purpose.

Each carries its text in English and Chinese, names what is wrong and how to mend it, and knows
the HTTP status and the code that the API answers with. Routes and tabs map the tree once.

    AppError                  500  internal_error
    ├── InvalidInput          400  invalid_value          a value out of range, a malformed body
    │   ├── UnsupportedField  400  unsupported_field      a field that we refuse rather than ignore
    │   ├── ContextTooLong    400  context_length_exceeded
    │   └── InvalidConstraint 400  invalid_constraint     a grammar we cannot enforce
    ├── NotAuthorized         401  invalid_api_key
    ├── UnknownModel          404  model_not_found
    ├── ConfigError           500  invalid_config         config.yaml, environment or command line
    ├── CheckpointError       500  invalid_checkpoint     files of a model that cannot be used
    ├── MissingDependency     501  missing_dependency     an optional extra that is not installed
    ├── EngineBusy            503  engine_busy            the waiting queue is full
    ├── ModelLoading          503  model_loading          not ready yet
    ├── ModelFailed           503  model_failed           loading ended in an error
    ├── GenerationFailed      500  generation_failed      a step of the model failed
    │   └── NoValidDocument   422  no_valid_document      no document met the schema's last rules
    ├── EngineClosed          503  engine_closed          the server is shutting down
    └── DeadlineExceeded      504  deadline_exceeded
"""

from typing import ClassVar, Literal

Language = Literal["en", "zh"]


class AppError(Exception):
    """Base of the tree.

    Args:
        en: what is wrong and how to mend it, in English. It is also ``str(error)``.
        zh: the same in Chinese.
        param: the field, option or path that is at fault, if one is.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"

    def __init__(self, en: str, zh: str, *, param: str | None = None) -> None:
        super().__init__(en)
        self.en = en
        self.zh = zh
        self.param = param

    def text(self, language: Language) -> str:
        """The message in the reader's language."""
        return self.zh if language == "zh" else self.en


class InvalidInput(AppError):
    status = 400
    code = "invalid_value"


class UnsupportedField(InvalidInput):
    code = "unsupported_field"


class ContextTooLong(InvalidInput):
    code = "context_length_exceeded"


class InvalidConstraint(InvalidInput):
    code = "invalid_constraint"


class NotAuthorized(AppError):
    status = 401
    code = "invalid_api_key"


class UnknownModel(AppError):
    status = 404
    code = "model_not_found"


class ConfigError(AppError):
    code = "invalid_config"


class CheckpointError(AppError):
    code = "invalid_checkpoint"


class MissingDependency(AppError):
    status = 501
    code = "missing_dependency"


class EngineBusy(AppError):
    status = 503
    code = "engine_busy"


class ModelLoading(AppError):
    status = 503
    code = "model_loading"


class ModelFailed(AppError):
    status = 503
    code = "model_failed"


class GenerationFailed(AppError):
    code = "generation_failed"


class NoValidDocument(GenerationFailed):
    """The model did not come to a document that meets what only a check can enforce."""

    status = 422
    code = "no_valid_document"


class EngineClosed(AppError):
    status = 503
    code = "engine_closed"


class DeadlineExceeded(AppError):
    status = 504
    code = "deadline_exceeded"
