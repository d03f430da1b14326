"""Carry out acts: find the one that is meant, ask who may, run it, answer.

What was kept in the inbox is acted on after the acknowledgement. Submissions and options are answered in the
acknowledgement, for which Slack gives three seconds; a submission that takes longer shows that it is being worked
on, and its result when it has one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import structlog

from clerkd.errors import Refused, Temporary
from clerkd.slack.errors import SlackIndeterminate, SlackPermanent
from clerkd.slack.homes import Homes
from clerkd.slack.ids import HINT_LANE, Place
from clerkd.slack.interactions import (
    Act,
    Clear,
    Desk,
    Done,
    Errors,
    Interactions,
    Options,
    Push,
    Roles,
    Said,
    Update,
    ViewAnswer,
)
from clerkd.slack.ledger import Entry, Ledger
from clerkd.slack.payload import (
    Acted,
    CommandRun,
    HomeOpened,
    Interaction,
    Json,
    Mentioned,
    OptionsAsked,
    Reacted,
    Sender,
    ShortcutChosen,
    Surface,
    ViewClosed,
    ViewSubmitted,
)
from clerkd.slack.people import Person, Standing
from clerkd.slack.render import Screen
from clerkd.slack.responses import Responses
from clerkd.slack.screens import hint, skeleton
from clerkd.slack.views import TriggerSpent
from clerkd.store.ops.slack_inbox import Received
from clerkd.store.ops.slack_posts import Action, NewPost
from clerkd.store.ops.slack_views import get_answer, keep_answer

ANSWER_WITHIN_S = 2.2  # of the three seconds that Slack gives; the way there and back takes the rest
TITLE = "Clerk"

log = structlog.get_logger()


class Acting:
    """Carry out what the table of acts holds. `desk` is as nobody in particular sees it."""

    def __init__(
        self,
        interactions: Interactions,
        desk: Callable[[], Desk],
        *,
        roles: Roles,
        book: Ledger,
        responses: Responses,
        homes: Homes,
    ) -> None:
        self._table = interactions
        self._desk = desk
        self._roles = roles
        self._book = book
        self._responses = responses
        self._homes = homes
        self._group: asyncio.TaskGroup | None = None
        self._under_way: dict[str, asyncio.Task[Json]] = {}

    async def run(self) -> None:
        """Own the submissions that are being carried out, until cancelled."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            await asyncio.get_running_loop().create_future()

    def wants(self, happening: object) -> bool:
        """Tell whether something is to be kept at all: reactions that mean nothing are most of a workspace's."""
        match happening:
            case Reacted(name=name):
                return name in self._table.reactions
            case HomeOpened():
                return self._table.home_view is not None
            case ViewClosed(view=view):
                return view.callback in self._table.closed
            case _:
                return True

    # Kept, acknowledged, acted on -----------------------------------------------------------------------------

    async def act(self, received: Received, payload: Interaction) -> None:
        """Act on what was kept and note that it is done; raise `Temporary` to be called again."""
        if isinstance(payload, HomeOpened):
            await self._homes.opened(payload.sender.user)
            await self._book.write(received, Entry())
            return
        said = await self._try(received, payload)
        entry = Entry(list(said.posts) if said is not None else [])
        if said is not None and said.show is not None and not await self._show(payload, said.show):
            entry.posts += _whisper(payload, said.show)
        await self._book.write(received, entry)

    async def _try(self, received: Received, payload: Interaction) -> Said | None:
        act = self._find(payload)
        if act is None:
            return _telling(hint.OLD_BUTTON if isinstance(payload, Acted) else hint.UNKNOWN_WORD)
        try:
            person = await self._person(payload.sender)
            refusal = await self._refusal(payload.sender, person, act)
            if refusal is not None:
                return None if isinstance(payload, Reacted | ViewClosed) else _telling(refusal)
            said: Said | None = await act.run(payload, self._desk().as_seen_by(person, received.id))
        except TriggerSpent:
            return _telling(hint.PRESS_AGAIN)
        except Temporary:
            raise
        except Refused as error:
            return _telling(hint.not_done(error.message))
        except Exception as error:  # a click repeated for a minute helps nobody: say it to the one who waits
            log.exception("slack.act-failed", act=_name(payload), error=repr(error))
            return _telling(hint.ACT_BROKEN)
        return said

    def _find(self, payload: Interaction) -> Act[Any, Any] | None:
        table = self._table
        match payload:
            case Acted(action=action, value=value):
                meant = value.get("do") or action  # an entry of a menu names the action that is meant
                return table.actions.get(meant.partition(":")[0])
            case ViewSubmitted(view=view):
                return table.views.get(view.callback)
            case ViewClosed(view=view):
                return table.closed.get(view.callback)
            case OptionsAsked(action=action):
                return table.options.get(action.partition(":")[0])
            case CommandRun(word=word) | Mentioned(word=word):
                return table.words.get(word) or table.words.get("help")
            case ShortcutChosen(callback=callback):
                return table.shortcuts.get(callback)
            case Reacted(name=name):
                return table.reactions.get(name)
            case HomeOpened():
                return None  # no act: `clerkd.slack.homes` shows it

    # Answered in the acknowledgement --------------------------------------------------------------------------

    async def answer(self, payload: ViewSubmitted | OptionsAsked) -> Json | None:
        """Return what the acknowledgement carries."""
        if isinstance(payload, OptionsAsked):
            return await self._options(payload)
        key = payload.view.key
        submitting = self._under_way.get(key)
        if submitting is None:
            if self._group is None:
                raise Temporary("the desk is not open yet")
            submitting = self._group.create_task(self._submit(payload, key), name=f"slack-submission {key}")
            self._under_way[key] = submitting
            submitting.add_done_callback(lambda _: self._under_way.pop(key, None))
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                answer = await asyncio.shield(submitting)
        except TimeoutError:
            log.warning("slack.submission-takes-long", act=_name(payload))
            self._group_task(self._show_late(payload, submitting), f"slack-late {key}")
            return _json(Update(skeleton.notice(TITLE, hint.STILL_WORKING)))
        return answer or None

    async def _options(self, payload: OptionsAsked) -> Json:
        act = self._find(payload)
        found = Options()
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                person = await self._person(payload.sender)
                if act is not None and await self._refusal(payload.sender, person, act) is None:
                    found = await act.run(payload, self._desk().as_seen_by(person, ""))
        except Exception as error:  # an empty list is the only way to say it
            log.exception("slack.options-failed", act=_name(payload), error=repr(error))
        if found.groups:
            return {"option_groups": list(found.groups)[:100]}
        return {"options": list(found.options)[:100]}

    async def _submit(self, payload: ViewSubmitted, key: str) -> Json:
        """Carry a submission out, or say again what came of it."""
        desk = self._desk()
        earlier = await desk.store.read(get_answer, key)
        if earlier is not None:
            return earlier
        answer = await self._try_submission(payload, key)
        found = _json(answer)
        if isinstance(answer, Done):
            await self._book.post(answer.posts)
        if not isinstance(answer, Errors):
            await desk.store.write(keep_answer, key, found, now=desk.clock.now_ms())
        return found

    async def _try_submission(self, payload: ViewSubmitted, key: str) -> ViewAnswer:
        act = self._find(payload)
        if act is None:
            return Update(skeleton.notice(TITLE, hint.OLD_FORM))
        try:
            person = await self._person(payload.sender)
            refusal = await self._refusal(payload.sender, person, act)
            if refusal is not None:
                return Update(skeleton.notice(TITLE, refusal))
            answer: ViewAnswer = await act.run(payload, self._desk().as_seen_by(person, key))
        except Temporary as error:
            return _complain(payload, hint.not_now(error.message))
        except Refused as error:
            return _complain(payload, hint.not_done(error.message))
        except Exception as error:  # what was typed stays where it is, and the person is told
            log.exception("slack.submission-failed", act=_name(payload), error=repr(error))
            return _complain(payload, hint.ACT_BROKEN)
        return answer

    async def _show_late(self, payload: ViewSubmitted, submitting: asyncio.Task[Json]) -> None:
        """Show in the view what came of a submission whose acknowledgement could not wait."""
        answer = await asyncio.shield(submitting)
        shows = answer.get("view")
        if not isinstance(shows, dict):
            errors = answer.get("errors")
            words = "\n".join(str(one) for one in errors.values()) if isinstance(errors, dict) else hint.DONE
            shows = skeleton.notice(TITLE, words)
        try:
            await self._desk().screens.update(payload.view.id, shows)
        except (SlackPermanent, SlackIndeterminate, Temporary) as error:
            log.warning("slack.late-answer-not-shown", error=error.message)

    def _group_task(self, work: Any, name: str) -> None:
        assert self._group is not None  # noqa: S101 - asked before
        self._group.create_task(work, name=name)

    # Who, and how they are told -------------------------------------------------------------------------------

    async def _person(self, sender: Sender) -> Person:
        return await self._desk().people.judge(sender)

    async def _refusal(self, sender: Sender, person: Person, act: Act[Any, Any]) -> str | None:
        if sender.shared_channel:
            return hint.SHARED_CHANNEL
        if person.standing is not Standing.MEMBER:
            return hint.NOT_YOURS
        return await self._roles.refusal(person, act.needs)

    async def _show(self, payload: Interaction, screen: Screen) -> bool:
        """Show a screen to the person where they are; tell whether it could be."""
        view = skeleton.shown(TITLE, screen)
        try:
            match payload:
                case Acted(surface=Surface.MODAL, trigger=trigger):
                    await self._desk().screens.push(trigger, view)
                case Acted(response_url=str(url)) | CommandRun(response_url=str(url)):
                    return await self._responses.whisper(url, screen)
                case ShortcutChosen(response_url=str(url)):
                    return await self._responses.whisper(url, screen)
                case Acted(surface=Surface.HOME, trigger=trigger) | ShortcutChosen(trigger=trigger):
                    await self._desk().screens.open(trigger, view)
                case _:
                    return False
        except (TriggerSpent, SlackPermanent, SlackIndeterminate, Temporary) as error:
            log.info("slack.screen-not-shown", act=_name(payload), error=error.message)
            return False
        return True


def _whisper(payload: Interaction, screen: Screen) -> list[NewPost]:
    """Return the ephemeral message that says it, where there is a channel to say it in."""
    match payload:
        case CommandRun(channel=channel):
            where, thread_ts = channel, None
        case Acted(place=Place() as place) | ShortcutChosen(place=Place() as place):
            where, thread_ts = place.channel, place.thread_ts
        case Mentioned(place=place) | Reacted(place=place):
            where, thread_ts = place.channel, place.thread_ts
        case _:
            return []
    shows = {"user": payload.sender.user, **screen.payload}
    return [NewPost(lane=HINT_LANE, action=Action.WHISPER, payload=shows, channel=where, thread_ts=thread_ts)]


def _telling(words: str) -> Said:
    return Said(show=hint.told(words))


def _complain(payload: ViewSubmitted, words: str) -> ViewAnswer:
    """Say it under the first field, so that nothing typed is lost; a view without fields is replaced."""
    if payload.view.inputs:
        return Errors({payload.view.inputs[0]: words})
    return Update(skeleton.notice(TITLE, words))


def _json(answer: ViewAnswer) -> Json:
    match answer:
        case Errors(under=under):
            return {"response_action": "errors", "errors": dict(under)}
        case Update(view=view):
            return {"response_action": "update", "view": view}
        case Push(view=view):
            return {"response_action": "push", "view": view}
        case Clear():
            return {"response_action": "clear"}
        case Done() | None:
            return {}


def _name(payload: Interaction) -> str:
    match payload:
        case Acted(action=name) | OptionsAsked(action=name) | ShortcutChosen(callback=name) | Reacted(name=name):
            return name
        case ViewSubmitted(view=view) | ViewClosed(view=view):
            return view.callback
        case CommandRun(word=word) | Mentioned(word=word):
            return f"/{word}"
        case HomeOpened():
            return "home"
