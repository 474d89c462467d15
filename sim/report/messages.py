"""The one catalogue of everything a reader of a report sees, so that a second language is a file.

A catalogue is a YAML file of nested sections, its longer parts in files of their own beside it (``en.yaml``,
``en.measures.yaml``); a message is named by its dotted path and may hold ``{fields}`` to be filled in. Values filled
into HTML are escaped, the catalogue's own markup is kept.

What shipped scenarios, plans and the models themselves say of figures is English and no message:
``given/LANGUAGE.yaml`` says it in another language, by the English text, so that whoever changes a title sees theirs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from markupsafe import Markup

from sim.errors import InputError, Problem, nearest

CATALOGUES = Path(__file__).parent / "catalogues"
SOURCE = "en"  # the language in which texts are written first


class Messages:
    """Texts by dotted key.

    Parameters
    ----------
    language
        Name of the catalogue: ``en``, ``zh_TW``.
    tree
        Nested sections as read from YAML; leaves are texts or lists of texts.
    given
        English texts of shipped files and of the models -> the same in this language.
    """

    def __init__(self, language: str, tree: Mapping[str, Any], given: Mapping[str, str] | None = None) -> None:
        self.language = language
        self._given = {_plain(text): told for text, told in (given or {}).items()}
        self._leaves: dict[str, str | list[str]] = dict(_leaves(tree, ""))

    def __call__(self, key: str, /, **values: object) -> str:
        """Text of a message, fields filled in; KeyError when there is no such message."""
        return self._text(key).format(**values)

    def html(self, key: str, /, **values: object) -> Markup:
        """The same as HTML: markup of the catalogue is kept, values are escaped."""
        return Markup(self._text(key)).format(**values)  # noqa: S704 (the catalogue is ours; format() escapes)

    def count(self, key: str, number: int, **values: object) -> str:
        """A message that depends on a count: its entries ``one`` and ``many``, with the field ``{count}``."""
        return self._text(f"{key}.one" if number == 1 else f"{key}.many").format(count=number, **values)

    def words(self, key: str) -> list[str]:
        """A message that is a list: weekdays, months."""
        value = self._leaves[key]
        assert isinstance(value, list), key
        return value

    def given(self, text: str) -> str:
        """A text that a file or a model gives, in this language where it is a shipped one; else as it is."""
        return self._given.get(_plain(text), text)

    @property
    def is_source(self) -> bool:
        """Whether it is the language in which names in files are written."""
        return self.language == SOURCE

    @property
    def keys(self) -> frozenset[str]:
        """All dotted keys."""
        return frozenset(self._leaves)

    def _text(self, key: str) -> str:
        value = self._leaves[key]
        assert isinstance(value, str), key
        return value


def _leaves(tree: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str | list[str]]]:
    for name, value in tree.items():
        key = f"{prefix}{name}"
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{key}.")
        elif isinstance(value, list):
            yield key, [str(item) for item in value]
        else:
            yield key, str(value)


def _plain(text: str) -> str:
    """A text whatever its line breaks."""
    return " ".join(text.split())


def languages() -> list[str]:
    """All languages there is a catalogue of, the source first."""
    found = {path.name.split(".")[0] for path in CATALOGUES.glob("*.yaml")}
    return [SOURCE, *sorted(found - {SOURCE})]


def no_language(given: str) -> str:
    """What to say of a language there is no catalogue of."""
    return f"there is no such language; there are {', '.join(languages())}{nearest(given, languages())}"


@cache
def catalogue(language: str = SOURCE) -> Messages:
    """The catalogue of a language.

    Parameters
    ----------
    language
        Name of a file in ``catalogues/``, without its ending; its parts are found by it.

    Raises
    ------
    InputError
        If there is none.
    """
    import yaml

    if language not in languages():
        raise InputError([Problem("lang", language, no_language(language))])
    sections: dict[str, Any] = {}
    for path in (CATALOGUES / f"{language}.yaml", *sorted(CATALOGUES.glob(f"{language}.*.yaml"))):
        part = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert not sections.keys() & part.keys(), f"{path.name} has a section of another part"
        sections |= part
    given = CATALOGUES / "given" / f"{language}.yaml"
    return Messages(language, sections, yaml.safe_load(given.read_text(encoding="utf-8")) if given.exists() else None)
