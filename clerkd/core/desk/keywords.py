"""Keywords by which people stop texts, start them again and ask for help. Pure.

A message that is nothing but a keyword acts by itself (product rule; FCC 47 CFR 64.1200(a)(10) and the carriers' lists
name the words). One that only sounds like it is shown to people, who decide.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Meaning(StrEnum):
    """What a text asks for."""

    STOP = "stop"
    START = "start"
    HELP = "help"
    PERHAPS_STOP = "perhaps"


@dataclass(frozen=True, slots=True)
class Heard:
    """A keyword that was heard, as it was written in the sets below, and its language (ISO 639-1)."""

    meaning: Meaning
    word: str
    language: str


STOP = {
    "en": (
        "STOP", "STOPALL", "STOP ALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT", "OPT OUT",
        "OPT-OUT", "REMOVE", "EXIT",
    ),
    "fr": ("ARRET", "ARRÊT", "ARRETE", "ARRETER", "DESABONNER", "DESINSCRIRE"),
    "es": ("ALTO", "BAJA", "PARAR", "CANCELAR", "DETENER", "SALIR"),
}  # fmt: skip
START = {
    "en": ("START", "UNSTOP", "SUBSCRIBE", "RESUBSCRIBE"),
    "fr": ("DEBUT", "REPRENDRE"),
    "es": ("ALTA", "INICIAR", "REANUDAR"),
}
AGREEMENT = {"en": ("YES",), "fr": ("OUI",), "es": ("SI",)}  # mean START only to those who opted out
HELP = {"en": ("HELP", "INFO"), "fr": ("AIDE",), "es": ("AYUDA",)}

_PHRASES = {
    "en": (
        "stop texting", "stop messaging", "stop sending", "opt me out", "remove me", "leave me alone",
        "take me off", "no more texts", "no more messages", "unsubscribe me",
    ),
    "fr": ("ne m ecrivez plus", "plus de messages", "plus de sms", "laissez moi tranquille", "desabonnez moi"),
    "es": ("no mas", "dejen de escribir", "deje de escribir", "dejenme en paz", "no me escriban", "denme de baja"),
}  # fmt: skip
_MOST_WORDS = 4  # "stop it now please" may be meant; a longer sentence that begins so is about something else
_LONGEST = 200  # characters; nobody opts out in a letter, and every text passes here

_NOT_WORDS = re.compile(r"[\W_]+")


def _words(text: str) -> list[str]:
    """Return the bare words: compatibility forms, case, accents, punctuation, quotes and emoji undone."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    bare = "".join(one for one in unicodedata.normalize("NFD", folded) if not unicodedata.combining(one))
    return [word for word in _NOT_WORDS.split(bare) if word]


def _table(*sets: tuple[Meaning, Mapping[str, tuple[str, ...]]]) -> dict[str, Heard]:
    table: dict[str, Heard] = {}
    for meaning, by_language in sets:
        for language, words in by_language.items():
            for word in words:
                table.setdefault("".join(_words(word)), Heard(meaning, word, language))
    return table


_KEYWORDS = _table((Meaning.STOP, STOP), (Meaning.START, START), (Meaning.HELP, HELP))
_AGREEMENTS = _table((Meaning.START, AGREEMENT))


def read_keyword(text: str, *, opted_out: bool) -> Heard | None:
    """Return what a text asks for; None for a text like any other."""
    if len(text) > _LONGEST:
        return None
    words = _words(text)
    whole = "".join(words)
    heard = _KEYWORDS.get(whole) or (_AGREEMENTS.get(whole) if opted_out else None)
    return heard if heard is not None or opted_out else _perhaps(words)


def _perhaps(words: list[str]) -> Heard | None:
    first = _KEYWORDS.get(words[0]) if words else None
    if first is not None and first.meaning is Meaning.STOP and len(words) <= _MOST_WORDS:
        return Heard(Meaning.PERHAPS_STOP, first.word, first.language)
    sentence = f" {' '.join(words)} "
    for language, phrases in _PHRASES.items():
        for phrase in phrases:
            if f" {phrase} " in sentence:
                return Heard(Meaning.PERHAPS_STOP, phrase, language)
    return None
