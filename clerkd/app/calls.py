"""What a core does about calls, from the lines' sections."""

from __future__ import annotations

from clerkd.app.rules import call_rules
from clerkd.app.settings import Settings
from clerkd.app.supervisor import Supervisor
from clerkd.clock import Clock
from clerkd.core.inbound.calls import TextBacks
from clerkd.core.inbound.inbox import Inbox
from clerkd.core.outbound.outbox import Outbox, Space
from clerkd.core.publisher import Publisher
from clerkd.ids import Ids
from clerkd.model.notice import Topic
from clerkd.ports.store import Store


def build_inbox(settings: Settings, store: Store, clock: Clock, ids: Ids, space: Space) -> Inbox:
    """Return the inbox of all lines, which knows their numbers and what they do about calls."""
    calls = {name: call_rules(line) for name, line in settings.lines.items()}
    numbers = [line.number for line in settings.lines.values()]
    return Inbox(store=store, clock=clock, ids=ids, space=space, calls=calls, numbers=numbers)


def add_text_backs(
    settings: Settings, store: Store, clock: Clock, outbox: Outbox, *, publisher: Publisher, supervisor: Supervisor
) -> None:
    """Have missed calls answered by texts on the lines that wish it."""
    rules = {name: call_rules(line).text_back for name, line in settings.lines.items()}
    texts = {name: text_back for name, text_back in rules.items() if text_back is not None}
    text_backs = TextBacks(store, clock, outbox, texts)
    publisher.follow(text_backs, {Topic.TEXT_BACK_OWED})
    supervisor.add("text-backs", text_backs.run)
