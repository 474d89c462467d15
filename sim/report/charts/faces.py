"""Typefaces for charts: which this machine has, and how wide their letters are.

DejaVu comes with matplotlib and has Latin, Greek and Cyrillic letters. Chinese needs a face of the machine's own; where
there is none, charts stay in English and the page says so. Matplotlib remembers the fonts that it once found, so files
installed since are looked up here. Of a collection that holds a face per region (``NotoSansCJK-Regular.ttc``) the
one of Taiwan is taken by its name: the same character is drawn differently elsewhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

LATIN = "DejaVu Sans"
# the best first; those of the mainland and of Japan have the letters, drawn a little differently
CHINESE = (
    "Noto Sans CJK TC",
    "Noto Sans TC",
    "Source Han Sans TC",
    "Source Han Sans TW",
    "PingFang TC",
    "Microsoft JhengHei",
    "Heiti TC",
    "PingFang HK",
    "Noto Serif CJK TC",
    "Source Han Serif TC",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
    "Noto Sans CJK JP",
    "Arial Unicode MS",
)
_FILES = re.compile(r"noto\w*(cjk|tc)|sourcehan|msjh|pingfang|heiti|wqy|wenquanyi|arial unicode", re.IGNORECASE)


@cache
def faces() -> tuple[str, ...]:
    """DejaVu, and the best face of this machine for Chinese where it has one."""
    known = set(machine_faces())
    return (LATIN, *[face for face in CHINESE if face in known][:1])


def machine_faces() -> list[str]:
    """Names of all faces that can be drawn with."""
    from matplotlib import font_manager

    names = font_manager.get_font_names()
    if not known_among(names):
        for path in sorted(font_manager.findSystemFonts()):
            if _FILES.search(Path(path).name):
                _add(path)
        names = font_manager.get_font_names()
    return names


def known_among(names: Iterable[str]) -> bool:
    """Whether a face for Chinese is there that draws it as in Taiwan."""
    return bool({"Noto Sans CJK TC", "Noto Sans TC", "PingFang TC", "Microsoft JhengHei"} & set(names))


def _add(path: str) -> None:
    from matplotlib import font_manager

    try:
        font_manager.fontManager.addfont(path)
    except (OSError, RuntimeError):  # a file that can't be read is a face that is not there
        return


@cache
def has_letters(text: str) -> bool:
    """Whether charts can be drawn with the letters of a text on this machine."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    lacking = {letter for letter in text if not letter.isspace()}
    for face in faces():
        drawn = get_font(findfont(FontProperties(family=face)))
        lacking -= {letter for letter in lacking if drawn.get_char_index(ord(letter))}
    return not lacking


def columns(text: str) -> int:
    """Width of a text in Latin letters: a Chinese character is as wide as two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def cut_wide(text: str, width: int) -> tuple[str, str]:
    """As much of a text as fits into a width in Latin letters, and the rest."""
    kept = 0
    while kept < len(text) and columns(text[: kept + 1]) <= width:
        kept += 1
    return text[:kept], text[kept:]


def wrapped_wide(text: str, width: int, lines: int) -> list[str]:
    """Lines of a text with Chinese in it, which may break after any character; cut after the last."""
    found: list[str] = []
    rest = text
    while rest and len(found) < lines:
        line, rest = _line(rest, width)
        found.append(line)
    if rest:
        found[-1] = cut_wide(found[-1], width - 1)[0] + "…"
    return found


def _line(text: str, width: int) -> tuple[str, str]:
    """The first line: no Latin word is broken where another place is there, and none begins with a closing sign."""
    line, rest = cut_wide(text, max(width, 2))
    while rest and len(line) > 1 and (rest[0] in "，。；：、）」％" or (_in_word(line[-1]) and _in_word(rest[0]))):
        shorter = line[:-1]
        if all(map(_in_word, shorter)):
            break
        line, rest = shorter, line[-1] + rest
    return line.rstrip(), rest.lstrip()


def _in_word(letter: str) -> bool:
    return letter.isascii() and not letter.isspace()
