"""Benchmark rows: always a figure, and a ratio to something measured in the same run."""

from typing import NamedTuple


class Row(NamedTuple):
    """`ratio` is to what `against` says."""

    name: str
    value: float
    unit: str
    ratio: float
    against: str
    note: str = ""


def table(title: str, rows: list[Row]) -> str:
    """A Markdown table."""
    lines = [f"### {title}", "", "| what | figure | ratio | |", "|---|---:|---:|---|"]
    for row in rows:
        note = f"; {row.note}" if row.note else ""
        lines.append(f"| {row.name} | {row.value:,.0f} {row.unit} | {row.ratio:.2f} | {row.against}{note} |")
    return "\n".join([*lines, ""])
