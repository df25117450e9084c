"""The Learn tab's texts: text/*.md in the order of their names -> one HTML article with places for numbers and figures.

A small part of Markdown, block by block (blocks are separated by empty lines):

    # Title, ## Title below it      headings; on the page h2 and h3
    ::figure name                   a place that tabs/learn fills
    ::table clicks                  what `seg.lessons.clicks` has recorded; without it the file is left out
    ?found !background Words        a paragraph shown only when the photo has `found` and has no `background`
    - item                          list
    | a | b |                       table, first line its heads
    [^key]: Author, title, section  a source; [^key] in the text refers to it

Within words: **strong**, *emphasis*, {name} for a number of `seg.lessons.figures.work_out`, {here:name} for buttons
that choose models.
"""

import re
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

from seg.lessons.clicks import record, rows

TEXT = Path(__file__).with_name("text")
CLICKS = "::table clicks"
Models = dict[str, list[tuple[str, str, str]]]  # what {here:name} stands for: (name, title, note) of each model


@dataclass(frozen=True)
class Section:
    """One file. name: its name without number; blocks: its text, sources left out; sources: {key: text}."""

    name: str
    title: str
    level: int  # 1: a section, 2: a part of the section above it
    blocks: tuple[str, ...]
    sources: dict[str, str]


@cache
def sections() -> tuple[Section, ...]:
    """All texts, in the order of their files' names ("1-kinds.md")."""
    texts = ((path.stem.split("-", 1)[1], path.read_text("utf-8")) for path in sorted(TEXT.glob("*.md")))
    return tuple(read(name, text) for name, text in texts if CLICKS not in text or record())


def read(name: str, text: str) -> Section:
    """Raises ValueError where the text has no title, or a source is missing or never referred to."""
    blocks = [block.strip() for block in re.split(r"\n\s*\n", text) if block.strip()]
    heading = re.fullmatch(r"(##?) (.+)", blocks[0])
    if not heading:
        raise ValueError(f"the text {name} must begin with its title")
    sources = {}
    for block in [block for block in blocks if block.startswith("[^")]:
        blocks.remove(block)
        for line in block.splitlines():
            key, words = re.fullmatch(r"\[\^(\w+)\]: (.+)", line).groups()
            sources[key] = words
    used = set(re.findall(r"\[\^(\w+)\]", "\n".join(blocks)))
    if used != set(sources):
        raise ValueError(f"the text {name} and its sources differ in {', '.join(sorted(used ^ set(sources)))}")
    return Section(name, heading[2], len(heading[1]), tuple(blocks[1:]), sources)


def article(here: Models) -> str:
    """The HTML of all texts. here: what {here:name} stands for."""
    return "".join(section_html(section, here) for section in sections())


def section_html(section: Section, here: Models) -> str:
    tag, identity = f"h{section.level + 1}", f"learn-{section.name}"
    keys = list(section.sources)
    inside = "".join(block_html(block, section.name, keys, here) for block in merged(section.blocks))
    notes = "".join(
        f'<li id="{identity}-{key}">{inline(words, section.name, [], here)}</li>'
        for key, words in section.sources.items()
    )
    if notes:
        head = f"{len(keys)} sources" if len(keys) > 1 else "Source"
        head = f'{head}<span class="of"> of “{escape(section.title)}”</span>'
        notes = f'<details class="sources"><summary>{head}</summary><ol>{notes}</ol></details>'
    return (
        f'<section class="level{section.level}" id="{identity}" aria-labelledby="{identity}-title">'
        f'<{tag} id="{identity}-title" tabindex="-1">{escape(section.title)}</{tag}>{inside}{notes}</section>'
    )


def merged(blocks: tuple[str, ...]) -> list[str]:
    return [re.sub(r"\n(?![-|])\s*", " ", block) for block in blocks]  # lines of a paragraph are one line


def block_html(block: str, name: str, keys: list[str], here: Models) -> str:
    def words(text: str) -> str:
        return inline(text, name, keys, here)

    figure = re.fullmatch(r"::figure (\w+)", block)
    if figure:
        return f'<div class="figure" data-figure="{figure[1]}"></div>'
    if block == CLICKS:
        return table_html([[escape(cell) for cell in row] for row in rows(record())])
    if block.startswith("- "):
        items = (f"<li>{words(line[2:])}</li>" for line in block.splitlines())
        return f"<ul>{''.join(items)}</ul>"
    if block.startswith("|"):
        return table_html([[words(cell.strip()) for cell in line.strip("|").split("|")] for line in block.splitlines()])
    condition = re.match(r"\?((?:[!\w]+ )+?)(?=[A-Z{“*])", block)
    if condition:
        return f'<p data-when="{condition[1].strip()}" hidden>{words(block[condition.end() :])}</p>'
    return f"<p>{words(block)}</p>"


def table_html(rows: list[list[str]]) -> str:
    heads = "".join(f'<th scope="col">{cell}</th>' for cell in rows[0])
    labels = [re.sub(r"<.*?>", "", cell) for cell in rows[0]]
    body = ""
    for first, *rest in rows[1:]:
        cells = "".join(f'<td data-label="{label}">{cell}</td>' for label, cell in zip(labels[1:], rest, strict=True))
        body += f'<tr><th scope="row">{first}</th>{cells}</tr>'
    return f'<div class="wide"><table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>'


def choosers(models: list[tuple[str, str, str]]) -> str:
    """A button for each model, or a sentence where there is none."""
    buttons = (
        f'<button type="button" class="seg-button run" data-model="{escape(name)}">{escape(title)}'
        f"{f'<small>{escape(note)}</small>' if note else ''}</button>"
        for name, title, note in models
    )
    return "".join(buttons) or "Not on this page."


def inline(text: str, name: str, keys: list[str], here: Models) -> str:
    html = escape(text, quote=False)
    html = re.sub(r"\{here:(\w+)\}", lambda m: choosers(here[m[1]]), html)
    html = re.sub(r"\{(\w+)\}", r'<span class="n" data-number="\1">…</span>', html)
    html = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", html)
    html = re.sub(r"\*(.+?)\*", r"<em>\1</em>", html)

    def footnote(match):
        number = keys.index(match[1]) + 1
        return (
            f'<sup><a href="#learn-{name}-{match[1]}" data-jump="learn-{name}-{match[1]}" '
            f'aria-label="Source {number}">{number}</a></sup>'
        )

    return re.sub(r"\s*\[\^(\w+)\]", footnote, html)
