"""The fenced blocks of docs/fix.md, for tests that run them."""

import re
from pathlib import Path

PAGE = (Path(__file__).parents[1] / "docs" / "fix.md").read_text()


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)
