"""Steps in the life of a direct channel, each part of one transaction: asked for, made, closed, used again, renamed.

The conversation is where its row says: in the channel while that is open, else in its thread. So a channel that
goes away takes nothing along: what was on its way there goes to the thread.
"""

from __future__ import annotations

from collections.abc import Callable

from clerkd.errors import NotFound
from clerkd.model.number import national
from clerkd.ports.store import Tx
from clerkd.slack import ids
from clerkd.slack.cards import Cards
from clerkd.slack.lines import DeskLines
from clerkd.slack.render import Screen
from clerkd.slack.screens import direct as screens
from clerkd.store.ops.conversations import get_conversation
from clerkd.store.ops.slack_direct import (
    Direct,
    DirectState,
    add_direct,
    ask_for_name,
    close_direct,
    current_direct,
    direct_at,
    get_direct,
    is_name_reserved,
    note_made,
    note_renamed,
    open_direct,
    reopen_direct,
)
from clerkd.store.ops.slack_places import current_thread
from clerkd.store.ops.slack_posts import Action, NewPost, add_post, find_posts

NAMES_TRIED = 20
RENAME_AFTER_MS = 60_000  # names are often corrected right after they were written

Lanes = set[str]


class DirectSteps:
    """The steps. Used in the store's thread."""

    def __init__(self, lines: DeskLines, cards: Cards, new_id: Callable[[], str], now_ms: Callable[[], int]) -> None:
        self._lines = lines
        self._cards = cards
        self._new_id = new_id
        self._now_ms = now_ms

    def ask(self, tx: Tx, conversation_id: str, direct_id: str, by: str) -> Lanes:
        """Have a channel made, or the one that was closed used again. The same `direct_id` again does nothing.

        Raise `NotFound` without such a conversation. Nothing happens while there is one, or one is being made.
        """
        known = current_direct(tx, conversation_id)
        if get_direct(tx, direct_id) is not None or (known is not None and known.state is not DirectState.CLOSED):
            return set()
        if known is not None and known.channel is not None:
            if self._is_asked(tx, known.id):
                return set()
            return self._queue(tx, conversation_id, "reopen", known.id, user=by, subject=ids.making_subject(known.id))
        return self._begin(tx, conversation_id, direct_id, by)

    def replace(self, tx: Tx, old: Direct, by: str) -> Lanes:
        """Have a new channel made in place of one that cannot be used any more."""
        return self._begin(tx, old.conversation_id, self._new_id(), by)

    def _begin(self, tx: Tx, conversation_id: str, direct_id: str, by: str) -> Lanes:
        """Choose a name that no other direct channel has, and have a channel of that name made."""
        view = self._cards.view(tx, conversation_id)
        base = screens.channel_base(view.name, view.peer)
        free = self._free_name(tx, base, direct_id, after=None) or base
        add_direct(tx, direct_id, conversation_id, name=free, base=base, by=by, now=self._now_ms())
        return self._queue(tx, conversation_id, "create", direct_id, user=by, subject=ids.making_subject(direct_id))

    def next_name(self, tx: Tx, direct_id: str) -> str | None:
        """Ask for the next name after one that is taken; None when there have been enough."""
        direct = get_direct(tx, direct_id)
        name = self._free_name(tx, direct.base, direct_id, after=direct.name) if direct is not None else None
        if name is not None:
            ask_for_name(tx, direct_id, name)
        return name

    def made(self, tx: Tx, direct_id: str, channel: str, who: str) -> Lanes:
        """Hold the conversation in the channel that was made; queue what belongs there, and tell the thread."""
        direct = get_direct(tx, direct_id)
        if direct is None or direct.state is not DirectState.MAKING:
            return set()
        note_made(tx, direct_id, channel, now=self._now_ms())
        conversation_id = direct.conversation_id
        lanes = self._card(tx, conversation_id, channel)
        lanes |= self._queue(tx, conversation_id, "topic", direct_id)
        lanes |= self._invite(tx, direct, direct.asked_by, *self._cards.view(tx, conversation_id).assignees)
        lanes |= self._tell_thread(tx, conversation_id, screens.made(channel, who))
        return lanes | self._cards.refresh(tx, conversation_id, now=self._now_ms())

    def refused(self, tx: Tx, direct_id: str, code: str, detail: str) -> Lanes:
        """Note that Slack made no channel, and say why in the thread."""
        direct = get_direct(tx, direct_id)
        if direct is None or direct.state is not DirectState.MAKING:
            return set()
        close_direct(tx, direct_id, code, now=self._now_ms())
        return self._say(tx, direct.conversation_id, screens.refused(code, direct.name, detail))

    def reopened(self, tx: Tx, direct_id: str) -> Lanes:
        """Hold the conversation in its closed channel again."""
        direct = get_direct(tx, direct_id)
        if direct is None or direct.state is not DirectState.CLOSED or not direct.current or direct.channel is None:
            return set()
        reopen_direct(tx, direct_id, now=self._now_ms())
        lanes = self._tell_thread(tx, direct.conversation_id, screens.works_again(direct.channel))
        return lanes | self._cards.refresh(tx, direct.conversation_id, now=self._now_ms())

    def lost(self, tx: Tx, channel: str, problem: str) -> Lanes | None:
        """Hold the conversation of a channel in its thread again, because of what happened to the channel.

        None if that channel is nobody's direct channel.
        """
        direct = direct_at(tx, channel)
        if direct is None:
            return None
        if direct.state is not DirectState.OPEN:
            return set()
        close_direct(tx, direct.id, problem, now=self._now_ms())
        lanes = self._say(tx, direct.conversation_id, screens.closed(problem, direct.name))
        return lanes | self._cards.refresh(tx, direct.conversation_id, now=self._now_ms())

    def back(self, tx: Tx, conversation_id: str, who: str) -> Lanes:
        """Move the conversation back to its thread because somebody wants that; say so in both places."""
        direct = open_direct(tx, conversation_id)
        if direct is None or direct.channel is None:
            return set()
        thread = current_thread(tx, conversation_id)
        goodbye = screens.farewell(who, thread.channel if thread is not None else None)
        lanes = self._post_in(tx, conversation_id, direct.channel, goodbye)
        close_direct(tx, direct.id, screens.BACK, now=self._now_ms())
        lanes |= self._say(tx, conversation_id, screens.moved_back(who, direct.name))
        return lanes | self._cards.refresh(tx, conversation_id, now=self._now_ms())

    def changed(self, tx: Tx, conversation_id: str | None) -> Lanes:
        """Follow what is known of a conversation: invite who is assigned, call the channel as its contact is called."""
        direct = open_direct(tx, conversation_id) if conversation_id is not None else None
        if direct is None:
            return set()
        view = self._cards.view(tx, direct.conversation_id)
        return self._invite(tx, direct, *view.assignees) | self._follow_name(tx, direct)

    def _follow_name(self, tx: Tx, direct: Direct) -> Lanes:
        """Rename the channel in a while, unless people gave it a name of their own."""
        if direct.renamed or self.wanted_base(tx, direct) == direct.base:
            return set()
        subject = ids.renaming_subject(direct.id)
        if any(post.state == "waiting" for post in find_posts(tx, subject)):
            return set()
        due_at = self._now_ms() + RENAME_AFTER_MS
        return self._queue(tx, direct.conversation_id, "rename", direct.id, subject=subject, due_at=due_at)

    def _invite(self, tx: Tx, direct: Direct, *users: str) -> Lanes:
        """Invite people, each once: who left is not called back."""
        lanes: Lanes = set()
        for user in dict.fromkeys(users):
            subject = ids.invitation_subject(direct.id, user)
            if not find_posts(tx, subject):
                lanes |= self._queue(tx, direct.conversation_id, "invite", direct.id, user=user, subject=subject)
        return lanes

    def wanted_base(self, tx: Tx, direct: Direct) -> str:
        """Return what the channel should be called by its contact's present name."""
        view = self._cards.view(tx, direct.conversation_id)
        return screens.channel_base(view.name, view.peer)

    def rename_to(self, tx: Tx, direct_id: str, after: str | None) -> str | None:
        """Return what the channel is to be called by the contact's present name; `after` is a name that is taken.

        None if it is closed, has a name that people gave it, or every name is taken.
        """
        direct = get_direct(tx, direct_id)
        if direct is None or direct.state is not DirectState.OPEN or direct.renamed:
            return None
        base = self.wanted_base(tx, direct)
        if base == direct.base and after is None:
            return direct.name
        name = self._free_name(tx, base, direct_id, after=after)
        if name is not None:
            note_renamed(tx, direct_id, name, base=base)
        return name

    def renamed(self, tx: Tx, channel: str, name: str) -> None:
        """Note that a channel is called otherwise now; a name that is not ours is kept."""
        direct = direct_at(tx, channel)
        if direct is not None and direct.name != name:
            note_renamed(tx, direct.id, name, by_people=True)

    def topic(self, tx: Tx, direct: Direct) -> str:
        """Return what the channel's topic is to be."""
        view = self._cards.view(tx, direct.conversation_id)
        number = national(view.peer, view.region)
        return screens.topic(view.name or number, number, view.line)

    # Queueing ----------------------------------------------------------------------------------------------

    def _free_name(self, tx: Tx, base: str, direct_id: str, *, after: str | None) -> str | None:
        names = [screens.numbered(base, attempt) for attempt in range(1, NAMES_TRIED + 1)]
        start = names.index(after) + 1 if after in names else 0
        return next((name for name in names[start:] if not is_name_reserved(tx, name, but_for=direct_id)), None)

    def _is_asked(self, tx: Tx, direct_id: str) -> bool:
        return any(post.state in {"waiting", "sending"} for post in find_posts(tx, ids.making_subject(direct_id)))

    def _queue(
        self, tx: Tx, conversation_id: str, step: str, direct_id: str, *, user: str = "", subject: str = "",
        due_at: int = 0,
    ) -> Lanes:  # fmt: skip
        line = get_conversation(tx, conversation_id).line
        payload = {"step": step, "direct": direct_id, "user": user}
        return self._add(
            tx,
            NewPost(
                lane=ids.direct_lane(conversation_id),
                action=Action.CHANNEL,
                payload=payload,
                subject=subject,
                line=line,
                due_at=due_at,
            ),
        )

    def _card(self, tx: Tx, conversation_id: str, channel: str) -> Lanes:
        lane, line = ids.direct_lane(conversation_id), get_conversation(tx, conversation_id).line
        card_id = self._new_id()
        card = NewPost(
            lane, Action.POST, {}, subject=ids.direct_card_subject(conversation_id), line=line, channel=channel
        )
        add_post(tx, card_id, card, now=self._now_ms())
        return self._add(tx, NewPost(lane, Action.PIN, {}, line=line, channel=channel, target_id=card_id)) | {lane}

    def _say(self, tx: Tx, conversation_id: str, screen: Screen) -> Lanes:
        """Say something where the conversation is held now."""
        try:
            line = get_conversation(tx, conversation_id).line
        except NotFound:
            return set()
        lane = ids.line_lane(line)
        return self._add(tx, NewPost(lane, Action.POST, screen.payload, line=line, conversation_id=conversation_id))

    def _tell_thread(self, tx: Tx, conversation_id: str, screen: Screen) -> Lanes:
        """Say something in the conversation's thread, wherever it is held; without a thread there is nobody to tell."""
        thread = current_thread(tx, conversation_id)
        if thread is None:
            return set()
        line = get_conversation(tx, conversation_id).line
        return self._add(
            tx,
            NewPost(
                ids.line_lane(line), Action.POST, screen.payload, line=line, channel=thread.channel,
                thread_ts=thread.root_ts,
            ),
        )  # fmt: skip

    def _post_in(self, tx: Tx, conversation_id: str, channel: str, screen: Screen) -> Lanes:
        line = get_conversation(tx, conversation_id).line
        lane = ids.direct_lane(conversation_id)
        return self._add(tx, NewPost(lane, Action.POST, screen.payload, line=line, channel=channel))

    def _add(self, tx: Tx, new: NewPost) -> Lanes:
        add_post(tx, self._new_id(), new, now=self._now_ms())
        return {new.lane}
