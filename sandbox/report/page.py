"""The report card as one HTML page that asks nobody for anything: styles and charts are in it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape

from sandbox.report.card import HORIZONS_S, Card
from sandbox.report.facts import HEADINGS, LEGEND, Checked, contracts, dollars, rejects, row

COLOURS = ("#2f6fde", "#d9822b", "#2a9d6f", "#b84592", "#7a5af5", "#c23b3b", "#5d7c8a", "#8a7a2f")
CURVES = len(COLOURS)
"""As many accounts have a line of their own; those with the most volume."""
WIDTH, HEIGHT, LEFT = 900, 260, 90

_STYLE = """
:root { color-scheme: light dark; --ink: #1d2430; --paper: #fff; --line: #d5dae2; --soft: #667084; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ef; --paper: #14181f; --line: #343b48; --soft: #98a2b3; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 2rem auto;
  max-width: 76rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
p, figcaption { color: var(--soft); margin: .3rem 0; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .7rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; } th { font-weight: 600; color: var(--soft); }
figure { margin: 0; } svg { max-width: 100%; height: auto; } svg text { fill: var(--soft); font-size: 12px; }
.axis { stroke: var(--line); } .key { display: inline-block; margin-right: 1rem; }
.key i { display: inline-block; width: .8rem; height: .8rem; border-radius: .2rem; margin-right: .35rem; }
.bad { color: #c23b3b; font-weight: 600; }
"""


def page(card: Card, checked: Checked, source: str) -> str:
    """The whole document."""
    begun, ended = (_second(at_us) for at_us in (card.first_us, card.last_us))
    broken = escape("; ".join(checked.broken))
    holds = f'<span class="bad">{broken}</span>' if broken else "all invariants hold"
    counts = f"{card.seq:,} records, {card.trades:,} trades in {card.markets:,} markets"
    parts = [
        f"<h1>Report card</h1><p>{escape(source)}</p>",
        f"<p>{begun} to {ended} UTC, {counts}; {holds}.</p>",
        f"<h2>Profit</h2>{_curves(card)}",
        f"<h2>Volume</h2>{_volumes(card)}",
        f"<h2>Adverse selection</h2>{_adverse(card)}",
        f"<h2>Accounts</h2>{_table(HEADINGS, [row(card, one) for one in card.traders()])}<p>{escape(LEGEND)}</p>",
        f"<h2>Rejects</h2>{_rejects(card)}",
        f"<p>State hash {escape(checked.state_hash)}. A simulator, not Kalshi.</p>",
    ]
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Report card</title><style>{_STYLE}</style><body>{''.join(parts)}</body></html>\n"
    )


def _second(at_us: int) -> str:
    return f"{datetime.fromtimestamp(at_us // 1_000_000, UTC):%Y-%m-%d %H:%M:%S}"


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in headings)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>" for cells in rows)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _rejects(card: Card) -> str:
    found = rejects(card)
    return _table(("reason", "times"), [(reason, f"{count:,}") for reason, count in found]) if found else "<p>None.</p>"


def _curves(card: Card) -> str:
    """Profit over time, a line an account."""
    drawn = [one for one in card.traders() if one.maker_count or one.taker_count][:CURVES]
    if not drawn or len(card.curve) < 2:
        return "<p>Nobody traded.</p>"
    values = [profits.get(one.account, 0) for _, profits in card.curve for one in drawn]
    low, high = min(*values, 0), max(*values, 1)
    span_us = max(card.curve[-1][0] - card.curve[0][0], 1)

    def x(ts_us: int) -> int:
        return LEFT + (ts_us - card.curve[0][0]) * (WIDTH - LEFT - 10) // span_us

    def y(value: int) -> int:
        return 10 + (high - value) * (HEIGHT - 30) // (high - low)

    lines = [_level(y(value), dollars(value)) for value in sorted({low, 0, high})]
    for number, one in enumerate(drawn):
        points = " ".join(f"{x(ts_us)},{y(profits.get(one.account, 0))}" for ts_us, profits in card.curve)
        lines.append(f'<polyline points="{points}" fill="none" stroke="{COLOURS[number]}" stroke-width="2"/>')
    return _figure(
        lines, HEIGHT, [one.name for one in drawn], "Dollars after fees, open positions marked, over the run."
    )


def _level(y: int, text: str) -> str:
    return (
        f'<line class="axis" x1="{LEFT}" x2="{WIDTH}" y1="{y}" y2="{y}"/>'
        f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{escape(text)}</text>'
    )


def _volumes(card: Card) -> str:
    """Contracts made and taken, a bar an account."""
    bars = [(one.name, (one.maker_count, one.taker_count)) for one in card.traders()[:20]]
    most = max((sum(counts) for _, counts in bars), default=0)
    if not most:
        return "<p>Nobody traded.</p>"
    lines = []
    for number, (name, counts) in enumerate(bars):
        top, left = 10 + number * 24, 160
        lines.append(f'<text x="{left - 8}" y="{top + 13}" text-anchor="end">{escape(name)}</text>')
        for colour, count in zip(COLOURS, counts, strict=False):
            wide = count * (WIDTH - 280) // most
            lines.append(f'<rect x="{left}" y="{top}" width="{wide}" height="18" fill="{colour}"/>')
            left += wide
        lines.append(f'<text x="{left + 8}" y="{top + 13}">{contracts(sum(counts))}</text>')
    return _figure(lines, 20 + 24 * len(bars), ["maker", "taker"], "Contracts.")


def _adverse(card: Card) -> str:
    """Against makers, a bar a horizon."""
    makers = [one for one in card.traders() if one.adverse_per_contract(HORIZONS_S[0]) is not None][:CURVES]
    found = [(one.name, [one.adverse_per_contract(horizon) or 0 for horizon in HORIZONS_S]) for one in makers]
    most = max((abs(price) for _, prices in found for price in prices), default=0)
    if not most:
        return "<p>No maker's fill moved by then.</p>"
    lines, zero = [], 160 + (WIDTH - 280) // 2
    for number, (name, prices) in enumerate(found):
        top = 10 + number * 44
        lines.append(f'<text x="152" y="{top + 22}" text-anchor="end">{escape(name)}</text>')
        for place, price in enumerate(prices):
            wide = abs(price) * (WIDTH - 280) // (2 * most)
            left = zero if price > 0 else zero - wide
            lines.append(
                f'<rect x="{left}" y="{top + 12 * place}" width="{wide}" height="10" fill="{COLOURS[place]}"/>'
            )
    high = 20 + 44 * len(found)
    lines.append(f'<line class="axis" x1="{zero}" x2="{zero}" y1="0" y2="{high}"/>')
    names = [f"after {horizon} s" for horizon in HORIZONS_S]
    return _figure(lines, high, names, "To the right: the middle went against the maker, a contract.")


def _figure(lines: Sequence[str], height: int, names: Sequence[str], caption: str) -> str:
    keys = "".join(
        f'<span class="key"><i style="background:{COLOURS[number]}"></i>{escape(name)}</span>'
        for number, name in enumerate(names)
    )
    return (
        f'<figure><svg viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" role="img" aria-label="{escape(caption)}">'
        f"{''.join(lines)}</svg><figcaption>{keys}{escape(caption)}</figcaption></figure>"
    )
