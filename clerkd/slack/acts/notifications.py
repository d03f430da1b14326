"""The buttons of a notification: **Reply** is a link, **Hide** takes it away for everybody there."""

from __future__ import annotations

from clerkd.slack.ids import HINT_LANE, NotificationAction
from clerkd.slack.interactions import Act, Desk, Interactions, Said
from clerkd.slack.payload import Acted
from clerkd.store.ops.notifications_shown import hide_notification
from clerkd.store.ops.slack_posts import Action, NewPost


class NotificationButtons:
    """What is answered to the buttons of notifications, but for **Assign**."""

    def interactions(self) -> Interactions:
        """Return what is answered here."""
        return Interactions(
            actions={
                NotificationAction.REPLY.value: Act(self.follow),
                NotificationAction.HIDE.value: Act(self.hide),
            }
        )

    async def follow(self, payload: Acted, desk: Desk) -> Said | None:
        """Do nothing: Slack has opened the conversation already, and tells us of it."""
        del payload, desk
        return None

    async def hide(self, payload: Acted, desk: Desk) -> Said | None:
        """Delete the notification and keep who did; the conversation stays as it is."""
        place = payload.place
        if place is None:
            return None
        await desk.store.write(
            hide_notification,
            place.channel,
            place.ts,
            conversation_id=payload.value.get("conversation", ""),
            target=payload.value.get("target", ""),
            actor=desk.person.id,
            at=desk.clock.now_ms(),
        )
        gone = NewPost(HINT_LANE, Action.DELETE, {}, channel=place.channel, target_ts=place.ts)
        return Said(posts=[gone])
