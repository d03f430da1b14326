"""What clerkd can do, in a few lines; only the one who asked sees it."""

from __future__ import annotations

from collections.abc import Sequence

from clerkd.slack.render import Screen, context, rich_text, screen, section, words

COMMANDS: dict[str, tuple[str, str]] = {
    "": ("/clerk", "lines, what needs an answer, and everything else"),
    "send": ("/clerk send", "text somebody; a number or a name may follow"),
    "find": ("/clerk find bike", "search names, numbers and texts"),
    "contacts": ("/clerk contacts", "who is behind a number"),
    "scheduled": ("/clerk scheduled", "texts that go out later"),
    "dnd": ("/clerk dnd", "numbers that are not shown"),
    "help": ("/clerk help", "this"),
}
ALWAYS = (
    ("Reply in a thread", "it is texted; start with // for an internal note"),
    ("send 4155550123 Hello", "in a line's channel: text a number"),
    ("Edit or delete", "what you wrote, before it is sent: the text changes or is taken back"),
)
REACTIONS = "⏳ queued · ✔️ sent · 📳 received by the phone · ❌ failed · ❓ unknown · 🕒 scheduled · 🔒 internal"


def commands(known: Sequence[str], unknown: str = "") -> Screen:
    """List the commands whose words are known; `unknown` is a word that somebody tried and is none."""
    head = f"There is no /clerk {unknown[:40]}. This is what I know:" if unknown else "Texting from Slack"
    lines = [COMMANDS[word] for word in COMMANDS if word in known]
    parts = [words(head, bold=True)]
    for name, what in (*ALWAYS, *lines):
        parts += [words("\n"), words(name, code=True), words(f"  {what}")]
    return screen(head, rich_text(section(*parts)), context(REACTIONS))
