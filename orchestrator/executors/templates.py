"""Input files and words of a command, made from templates in which every variable must have a value."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestrator.campaign.suggestion import not_known
from orchestrator.executors.errors import ExecutorError

if TYPE_CHECKING:
    from jinja2 import Environment

OURS = "junkan"
"""The one variable that every template has: `junkan.folder`, `junkan.attempt`, `junkan.restart`."""


class UnusableTemplate(ExecutorError, ValueError):
    """A template is not written correctly, or has a variable that nothing gives a value."""


@dataclass(frozen=True)
class Template:
    """A text with `{{ variables }}`, in the language of Jinja. `where` names it in errors.

    Templates are sandboxed: they calculate and choose, but read no files and call nothing of Python. A number is
    written so that reading it gives the same number.
    """

    text: str
    where: str

    @classmethod
    def read(cls, file: Path, where: str) -> "Template":
        """The template in `file`. Raises UnusableTemplate."""
        try:
            return cls(file.read_text(encoding="utf-8"), f"{where}: {file.name}")
        except (OSError, UnicodeDecodeError) as error:
            raise UnusableTemplate(f"{where}: {file.name} cannot be read: {error}.") from error

    @property
    def variables(self) -> frozenset[str]:
        """The variables that it needs. Raises UnusableTemplate."""
        from jinja2 import TemplateSyntaxError, meta

        try:
            return frozenset(meta.find_undeclared_variables(_environment().parse(self.text)))
        except TemplateSyntaxError as error:
            raise UnusableTemplate(f"{self.where}, line {error.lineno}: {error.message}.") from error

    def check(self, known: Collection[str]) -> None:
        """Raises UnusableTemplate if it needs a variable that is not among `known`."""
        for name in sorted(self.variables - {OURS}):
            if name not in known:
                line = next((n for n, text in enumerate(self.text.splitlines(), 1) if name in text), 1)
                raise UnusableTemplate(
                    f"{self.where}, line {line}: the variable {not_known(name, sorted(known))} "
                    "A variable is a parameter of the space, or has its value under `variables`."
                )

    def render(self, values: Mapping[str, Any]) -> str:
        """The text with `values` in it. Raises UnusableTemplate, never leaves a hole."""
        from jinja2 import TemplateError

        try:
            return _environment().from_string(self.text).render(values)
        except TemplateError as error:
            raise UnusableTemplate(f"{self.where}: {error.message}.") from error
        except (ArithmeticError, TypeError, ValueError, LookupError, AttributeError) as error:
            raise UnusableTemplate(f"{self.where}: {type(error).__name__}: {error}.") from error


@cache
def _environment() -> "Environment":
    import math

    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, keep_trailing_newline=True, trim_blocks=True, lstrip_blocks=True, finalize=_whole
    )
    names = ("sqrt", "exp", "log", "sin", "cos", "tan", "radians", "degrees", "floor", "ceil")

    environment.globals = {"range": range, "pi": math.pi, **{name: getattr(math, name) for name in names}}
    return environment


def _whole(value: Any) -> Any:
    if value is None:
        raise ValueError("a variable is empty (None)")
    return value
