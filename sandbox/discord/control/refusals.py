"""Why the control API will not do something a real client would not do either."""

from typing import Any


class Refusal(Exception):
    """Becomes {"error": …, "problems": {…}} with this status."""

    def __init__(self, status: int, error: str, problems: dict[str, str] | None = None) -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.problems = problems or {}

    def __str__(self) -> str:
        details = "; ".join(f"{name}: {problem}" for name, problem in self.problems.items())
        return f"{self.error} ({details})" if details else self.error

    def body(self) -> dict[str, Any]:
        return {"error": self.error, "problems": self.problems}
