"""Which language a text is in: Dutch or English, or another one that the product does not speak."""

from __future__ import annotations

from dataclasses import dataclass

from lingua import Language as Tongue
from lingua import LanguageDetector, LanguageDetectorBuilder

from routing.advice.text import is_other_script, words

ENOUGH_WORDS = 3
"""Below this a guess is worth nothing: "hoi" looks like English."""
SURE = 0.75
FOREIGN_SURE = 0.9
FOREIGN_WORDS = 4
UNKNOWN = "und"
"""The code (ISO 639-2) of a language that is none of those below."""
_SPOKEN = {Tongue.DUTCH: "nl", Tongue.ENGLISH: "en"}
_OTHERS = (
    Tongue.ARABIC,
    Tongue.FRENCH,
    Tongue.GERMAN,
    Tongue.ITALIAN,
    Tongue.PERSIAN,
    Tongue.POLISH,
    Tongue.PORTUGUESE,
    Tongue.SPANISH,
    Tongue.TURKISH,
    Tongue.UKRAINIAN,
)


@dataclass(frozen=True)
class Detected:
    """``spoken`` is ``nl`` or ``en``; ``foreign`` the code of another language that the text is in."""

    spoken: str
    foreign: str | None = None


class LanguageGuesser:
    """Loads its tables on the first use of each language; about 40 MB. Thread-safe."""

    def __init__(self) -> None:
        self._spoken: LanguageDetector = LanguageDetectorBuilder.from_languages(*_SPOKEN).build()
        self._all: LanguageDetector = (
            LanguageDetectorBuilder.from_languages(*_SPOKEN, *_OTHERS).with_low_accuracy_mode().build()
        )

    def guess(self, text: str, default: str = "nl") -> Detected:
        """The language of a text; ``default`` where the text is too short or mixed to tell."""
        if is_other_script(text):
            # No spoken one, whether it is among the known ones or not.
            return Detected(default, self._foreign(text) or UNKNOWN)
        count = len(words(text))
        if count < ENOUGH_WORDS:
            return Detected(default)
        foreign = self._foreign(text) if count >= FOREIGN_WORDS else None
        best = self._spoken.compute_language_confidence_values(text)[0]
        return Detected(_SPOKEN[best.language] if best.value >= SURE else default, foreign)

    def _foreign(self, text: str) -> str | None:
        best = self._all.compute_language_confidence_values(text)[0]
        if best.language in _SPOKEN or best.value < FOREIGN_SURE:
            return None
        return best.language.iso_code_639_1.name.lower()
