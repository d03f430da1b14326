"""What is answered to STOP, START and HELP, in the language of the keyword.

Written in letters that GSM 7-bit has: one segment each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from clerkd.core.desk.keywords import Meaning

DEFAULTS: Mapping[tuple[str, str], str] = {
    ("en", "stop"): "{business}You are unsubscribed and will get no more texts. Reply START to rejoin.",
    ("en", "start"): "{business}You are subscribed again. Reply HELP for help, STOP to end.",
    ("en", "help"): "{business}For help: {help}. Msg&data rates may apply. Reply STOP to end.",
    ("fr", "stop"): "{business}Vous ne recevrez plus de SMS. Répondez DEBUT pour reprendre.",
    ("fr", "start"): "{business}Vous recevrez de nouveau nos SMS. Répondez AIDE pour de l'aide, ARRET pour cesser.",
    ("fr", "help"): "{business}Aide: {help}. Des frais peuvent s'appliquer. Répondez ARRET pour cesser.",
    ("es", "stop"): "{business}Ya no le enviaremos mensajes. Responda ALTA para volver.",
    ("es", "start"): "{business}Le enviaremos mensajes de nuevo. Responda AYUDA o ALTO.",
    ("es", "help"): "{business}Ayuda: {help}. Pueden aplicarse tarifas. Responda ALTO para terminar.",
}
_ASK_HERE = {"en": "reply here and a person answers", "fr": "répondez ici", "es": "responda a este mensaje"}


@dataclass(frozen=True, slots=True)
class AnswerTexts:
    """The texts as configured. `given` replaces defaults by (language, meaning)."""

    business: str = ""
    help: str = ""
    given: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def of(self, meaning: Meaning | str, language: str) -> str:
        """Return the text of an answer; a language that nobody wrote for is answered in English."""
        kind = str(meaning)
        key = (language, kind) if (language, kind) in DEFAULTS else ("en", kind)
        text = self.given.get(key) or DEFAULTS[key]
        business = f"{self.business}: " if self.business else ""
        return text.replace("{business}", business).replace("{help}", self.help or _ASK_HERE[key[0]])
