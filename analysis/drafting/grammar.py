"""Patterns of grammar.toml, by the module that uses them."""

from __future__ import annotations

import re

from analysis.drafting.words import GRAMMAR, LISTS, alternatives

__all__ = ["Patterns"]

#: ``{name}`` or ``{name:2}`` in a pattern; what ``2`` stands in place of.
_REFERENCE, _PLACEHOLDER = re.compile(r"\{([a-z]\w*)(?::(\w*))?\}"), "§"


class Patterns:
    """Patterns of one section, else of ``shared``; each is compiled when it is first asked for."""

    def __init__(self, section: str) -> None:
        self._section = GRAMMAR["shared"] | GRAMMAR[section]

    def __getattr__(self, name: str) -> re.Pattern[str]:
        if name not in self._section:
            raise AttributeError(f"the grammar has no pattern {name!r}")
        made = self.__dict__[name] = re.compile(self._text(name))
        return made

    def forms(self, name: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
        """Return patterns with the names of their forms, in order."""
        return tuple(
            (form, re.compile(self._filled("".join(pieces))))
            for form, *pieces in self._section[name]
        )

    def _text(self, name: str, inside: str = "") -> str:
        if name in LISTS:
            return alternatives(LISTS[name])
        return self._filled("".join(self._section[name]).replace(_PLACEHOLDER, inside))

    def _filled(self, text: str) -> str:
        return _REFERENCE.sub(lambda match: self._text(match[1], match[2] or ""), text)
