"""A report as one HTML file: offline, without scripts, every text escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import groupby

from shequn.experiments.report.blocks import (
    Block,
    Card,
    Cards,
    Command,
    Page,
    Picture,
    Points,
    Section,
    Table,
    Words,
)
from shequn.views.report_figures import svg_of

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_PAGE = """<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>{look}</style>
</head>
<body>
<main>
<header>
<p class="above">{above}</p>
<h1>{title}</h1>
<p class="lead">{lead}</p>
<div class="answer">
<h2>{answer_head}</h2>
<p>{answer}</p>
</div>
</header>
{sections}
<footer>{foot}</footer>
</main>
</body>
</html>
"""
_LOOK = """
:root { --ink: #1d2127; --quiet: #5d6673; --line: #d9dee5; --pale: #f4f6f9; --mark: #0072b2; }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; color: var(--ink); background: #fff; font: 16px/1.5 system-ui, -apple-system,
  "Segoe UI", Roboto, "Helvetica Neue", Arial, "Noto Sans", "PingFang SC", "Hiragino Sans GB",
  "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", sans-serif;
  overflow-wrap: anywhere; }
main { max-width: 50rem; margin: 0 auto; padding: 2rem 1.25rem 3rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .4rem; letter-spacing: -.01em; }
h2 { font-size: 1.05rem; margin: 0 0 .55rem; }
p { margin: 0 0 .6rem; }
section { margin-top: 1.9rem; }
.above { color: var(--mark); font-weight: 600; font-size: .9rem; margin-bottom: .35rem; }
.lead, .small, footer { color: var(--quiet); font-size: .9rem; }
.answer { margin-top: 1.1rem; padding: .9rem 1.1rem 1rem; background: var(--pale);
  border-left: 4px solid var(--mark); border-radius: 0 6px 6px 0; }
.answer h2 { font-size: .8rem; color: var(--mark); margin-bottom: .2rem; }
.answer p { font-size: 1.18rem; line-height: 1.42; margin: 0; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(13.5rem, 1fr)); gap: .8rem; }
.card { border: 1px solid var(--line); border-radius: 6px; padding: .75rem .85rem; }
.card h3 { margin: 0; font-size: .85rem; font-weight: 600; color: var(--quiet); }
.card .large { font-size: 1.55rem; font-weight: 650; line-height: 1.25; margin: .1rem 0 .3rem; }
.card.not .large { color: var(--quiet); font-weight: 400; font-size: 1.2rem; }
.card p { font-size: .85rem; line-height: 1.4; margin: 0 0 .35rem; }
pre { margin: .3rem 0 .6rem; padding: .5rem .65rem; background: var(--pale); border-radius: 5px;
  font: .8rem/1.45 ui-monospace, SFMono-Regular, Menlo, Consolas, "Noto Sans Mono", monospace;
  white-space: pre-wrap; overflow-wrap: anywhere; }
pre span { display: inline-block; max-width: 100%; }
.card pre { font-size: .72rem; margin-bottom: 0; }
figure { margin: 0; }
figure svg { display: block; width: 100%; height: auto; overflow: visible; }
figure svg text { font-family: inherit !important; }
figure.one svg { max-width: 30rem; }
figcaption { color: var(--quiet); font-size: .85rem; margin-top: .3rem; }
.narrow { display: none; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 0 2rem; }
.pair td:last-child { white-space: nowrap; }
table { width: 100%; border-collapse: collapse; font-size: .9rem; margin: 0 0 .7rem;
  font-variant-numeric: tabular-nums; }
th, td { padding: .34rem .5rem; text-align: right; vertical-align: top;
  border-bottom: 1px solid var(--line); }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
th:last-child, td:last-child { padding-right: 0; }
table:not(.words) :is(th, td):first-child { min-width: 7rem; }
thead th { color: var(--quiet); font-weight: 600; border-bottom: 1.5px solid var(--quiet); }
tbody th { font-weight: 600; color: var(--quiet); font-size: .82rem; padding-top: .7rem; }
td small { display: block; color: var(--quiet); font-size: .8rem; }
.compact td small { display: inline; margin-left: .45rem; }
.compact th, .compact td { padding-top: .2rem; padding-bottom: .2rem; }
table.words td { text-align: left; }
table.words td:first-child { font-weight: 600; width: 32%; padding-right: 1rem; }
ul { margin: 0; padding-left: 1.1rem; }
li { margin-bottom: .5rem; }
footer { margin-top: 2.2rem; padding-top: .7rem; border-top: 1px solid var(--line); }
@media (max-width: 560px) {
  main { padding: 1.2rem .9rem 2rem; }
  h1 { font-size: 1.5rem; }
  .answer p { font-size: 1.06rem; }
  table { font-size: .82rem; }
  th, td { padding: .3rem .28rem; }
  td small { font-size: .74rem; }
  .pair { display: block; }
  .wide { display: none; }
  .narrow { display: block; }
}
@media print {
  @page { size: A4; margin: 13mm 15mm; }
  body { font-size: 9.6pt; line-height: 1.36; -webkit-print-color-adjust: exact;
    print-color-adjust: exact; }
  main { max-width: none; padding: 0; }
  h1 { font-size: 17pt; }
  h2 { font-size: 11pt; margin-bottom: 3pt; break-after: avoid; }
  section { margin-top: 8.5pt; }
  .answer { margin-top: 7pt; padding: 6pt 9pt 7pt; }
  .answer p { font-size: 11.5pt; }
  .cards { grid-template-columns: repeat(3, 1fr); gap: 6pt; }
  .card { padding: 5pt 7pt; }
  .card .large { font-size: 14pt; }
  .card p, .small, .lead, footer, figcaption { font-size: 8.2pt; }
  .card pre { font-size: 6.6pt; }
  pre { font-size: 7.4pt; padding: 3pt 5pt; margin: 2pt 0 4pt; }
  table { font-size: 8.8pt; margin-bottom: 4pt; }
  th, td { padding: 1.6pt 4pt; }
  table:not(.words) td:not(:first-child) { white-space: nowrap; }
  td small { display: inline; font-size: 7.8pt; margin-left: 3pt; }
  .card, figure, table, tr, pre, li, p, .answer { break-inside: avoid; }
  section > p { break-after: avoid; }
  figure svg { max-height: 105mm; }
  figure.three svg { max-height: 80mm; }
  .wide { display: block; }
  .narrow { display: none; }
  .pair { display: grid; gap: 0 14pt; }
  .pair td { white-space: normal; }
  li { margin-bottom: 2.5pt; }
  footer { margin-top: 8pt; padding-top: 4pt; }
}
"""


def html_of(page: Page) -> str:
    """The page as HTML.

    Parameters
    ----------
    page : Page
        What it says.

    Returns
    -------
    str
        One file: style and figure are in it, nothing is loaded, nothing runs.
    """
    language = {"zh": "zh-CN"}.get(page.language, page.language)
    sections = "\n".join(
        f'<div class="pair">\n{parts}\n</div>' if half else parts
        for half, group in groupby(page.sections, key=lambda section: section.half)
        for parts in ["\n".join(map(_section, group))]
    )
    return _PAGE.format(
        language=language, policy=escape(_POLICY), look=_LOOK, title=escape(page.title),
        above=escape(page.above), lead=escape(page.lead), answer_head=escape(page.answer_head),
        answer=escape(page.answer), sections=sections, foot=escape(page.foot),
    )  # fmt: skip


def _section(section: Section) -> str:
    blocks = "\n".join(map(_block, section.blocks))
    return f"<section>\n<h2>{escape(section.head)}</h2>\n{blocks}\n</section>"


def _block(block: Block) -> str:
    if isinstance(block, Words):
        kind = ' class="small"' if block.kind else ""
        return f"<p{kind}>{escape(block.text)}</p>"
    if isinstance(block, Command):
        return _command(block.text)
    if isinstance(block, Points):
        items = "\n".join(
            f"<li>{escape(words)}{_command(command) if command else ''}</li>"
            for words, command in block.items
        )
        return f"<ul>\n{items}\n</ul>"
    if isinstance(block, Cards):
        return f'<div class="cards">\n{"".join(map(_card, block.cards))}</div>'
    if isinstance(block, Table):
        return _table(block)
    return _picture(block)


def _command(text: str) -> str:
    """Its lines break between words, also where a word has a hyphen in it."""
    words = " ".join(f"<span>{escape(word)}</span>" for word in text.split(" "))
    return f"<pre>{words}</pre>"


def _card(card: Card) -> str:
    small = "".join(f"<p>{escape(words)}</p>" for words in card.small)
    kind = "card not" if card.command else "card"
    command = _command(card.command) if card.command else ""
    return (
        f'<div class="{kind}"><h3>{escape(card.head)}</h3>'
        f'<p class="large">{escape(card.large)}</p>{small}{command}</div>\n'
    )


def _table(table: Table) -> str:
    columns = max(map(len, (table.head, *table.rows)), default=1)
    head = "".join(f"<th>{escape(word)}</th>" for word in table.head)
    lines = []
    for k, row in enumerate(table.rows):
        if k in table.groups:
            lines.append(f'<tr><th colspan="{columns}">{escape(table.groups[k])}</th></tr>')
        lines.append(f"<tr>{''.join(map(_cell, row))}</tr>")
    kind = "" if head else ' class="words"'
    kind = ' class="compact"' if table.compact else kind
    above = f"<thead><tr>{head}</tr></thead>" if head else ""
    return f"<table{kind}>{above}<tbody>\n{chr(10).join(lines)}\n</tbody></table>"


def _cell(cell: Sequence[str]) -> str:
    words, below = cell
    small = f"<small>{escape(below)}</small>" if below else ""
    return f"<td>{escape(words)}{small}</td>"


def _picture(picture: Picture) -> str:
    many = {1: "one", 2: "two"}.get(len(picture.panels), "three")
    kind = "two" if many == "one" and len(picture.panels[0]) > 1 else many
    wide, narrow = svg_of(picture.panels), svg_of(picture.panels, narrow=True)
    return (
        f'<figure class="{kind}" role="img" aria-label="{escape(picture.caption)}">\n'
        f'<div class="wide">{wide}</div>\n<div class="narrow">{narrow}</div>\n'
        f"<figcaption>{escape(picture.caption)}</figcaption>\n</figure>"
    )
