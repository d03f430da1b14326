"""The table of all acts: each subject adds its own here, and nowhere else."""

from __future__ import annotations

from clerkd.slack.acts import find, inbox
from clerkd.slack.acts.assign import Assign
from clerkd.slack.acts.commands import Commands
from clerkd.slack.acts.contact_files import ContactFileActs
from clerkd.slack.acts.contacts import ContactActs
from clerkd.slack.acts.conversation import ConversationActs
from clerkd.slack.acts.dashboard import Dashboard
from clerkd.slack.acts.direct import DirectActs
from clerkd.slack.acts.dnd import DndActs
from clerkd.slack.acts.forwarding import ForwardingActs
from clerkd.slack.acts.history import HistoryActs
from clerkd.slack.acts.notifications import NotificationButtons
from clerkd.slack.acts.optout import OptOutActs
from clerkd.slack.acts.quota import QuotaActs
from clerkd.slack.acts.scheduled import Scheduled
from clerkd.slack.acts.send_text import SendText
from clerkd.slack.acts.send_text_views import Views as SendTextViews
from clerkd.slack.acts.settings import SettingsActs
from clerkd.slack.acts.sims import SimActs
from clerkd.slack.acts.templates import Templates
from clerkd.slack.acts.tickets import Deciding
from clerkd.slack.board import Boards
from clerkd.slack.interactions import Interactions
from clerkd.slack.permissions import ByRole
from clerkd.slack.settings import Settings


def registered(settings: Settings) -> Interactions:
    """Return everything that the desk answers to."""
    subjects: list[Interactions] = []
    boards = Boards(
        lambda: sorted((door for table in subjects for door in table.doors), key=lambda door: door.order),
        settings.quota_of,
        ByRole(),
    )
    send_text = SendText(SendTextViews(settings.quota_of))
    subjects += [
        Commands(lambda: [word for table in subjects for word in table.words]).interactions(),
        Dashboard(boards).interactions(),
        DirectActs().interactions(),
        HistoryActs(ByRole()).interactions(),
        ConversationActs(
            send_text.pressed, lambda: {action for table in subjects for action in table.actions}
        ).interactions(),
        DndActs().interactions(),
        SettingsActs(settings.quota_of, settings.forwarders).interactions(),
        send_text.interactions(),
        Scheduled(send_text).interactions(),
        Templates(ByRole()).interactions(),
        inbox.interactions(),
        find.interactions(),
    ]
    if settings.contacts is not None and settings.imports is not None:
        subjects += [ContactActs(settings.contacts).interactions(), ContactFileActs(settings.imports).interactions()]
    if settings.quotas is not None:
        subjects.append(QuotaActs(settings.quotas).interactions())
    if settings.forwarders:
        subjects.append(ForwardingActs(settings.forwarders).interactions())
    if settings.sims is not None:
        subjects.append(SimActs(settings.sims).interactions())
    if settings.opt_outs is not None:
        subjects.append(OptOutActs(settings.opt_outs).interactions())
    if settings.tickets is not None:
        subjects += [
            Assign(settings.tickets).interactions(),
            Deciding(settings.tickets).interactions(),
            NotificationButtons().interactions(),
        ]
    return Interactions.merged(*subjects)
