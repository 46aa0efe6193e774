"""Text as all the rest can read it."""

from __future__ import annotations


def whole_characters(text: str) -> str:
    """The text with U+FFFD for half surrogate pairs, which JSON can bring in and UTF-8 does not have."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
