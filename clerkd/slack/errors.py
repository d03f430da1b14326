"""What a Web API call can come to, in clerkd's three families, with Slack's own word in `slack_code`.

A call that may have had its effect is `Indeterminate` only where repeating it would show: a post. For calls that
can be repeated freely (reading, reactions, edits) the same accident is `Temporary`.
"""

from __future__ import annotations

from typing import Any

from clerkd.errors import Indeterminate, Permanent, Temporary


class SlackTemporary(Temporary):
    """Slack did nothing now and may do it later: rate limit, outage, a token that an admin can mend."""

    code = "slack.temporary"

    def __init__(self, method: str, slack_code: str, *, retry_after_s: float | None = None, **details: Any) -> None:
        super().__init__(f"{method}: {slack_code}", retry_after_s=retry_after_s, method=method, **details)
        self.method = method
        self.slack_code = slack_code


class SlackUnauthorized(SlackTemporary):
    """Slack does not accept the token, or it lacks a scope: nothing works until an admin acts."""

    code = "slack.unauthorized"

    def __init__(
        self, method: str, slack_code: str, *, retry_after_s: float | None = None, needed: str | None = None
    ) -> None:
        super().__init__(method, slack_code, retry_after_s=retry_after_s)
        self.needed = needed  # the scope that is missing


class SlackPermanent(Permanent):
    """Slack refused this call and always will; `detail` holds what Slack says is wrong with it."""

    code = "slack.refused"

    def __init__(self, method: str, slack_code: str, *, detail: tuple[str, ...] = ()) -> None:
        super().__init__(f"{method}: {slack_code}", method=method)
        self.method = method
        self.slack_code = slack_code
        self.detail = detail


class SlackIndeterminate(Indeterminate):
    """The post may be there: the answer was lost, late or unreadable."""

    code = "slack.indeterminate"

    def __init__(self, method: str, slack_code: str) -> None:
        super().__init__(f"{method}: {slack_code}", method=method)
        self.method = method
        self.slack_code = slack_code


SlackError = SlackTemporary | SlackPermanent | SlackIndeterminate

UNAUTHORIZED = frozenset(
    {
        "invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive", "not_allowed_token_type",
        "missing_scope", "no_permission", "org_login_required", "ekm_access_denied", "team_access_not_granted",
        "access_denied", "two_factor_setup_required", "enterprise_is_restricted",
    }
)  # fmt: skip

# Of these, what is said of the token itself: it is good for nothing.
OF_THE_TOKEN = frozenset(
    {"invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive", "not_allowed_token_type"}
)

# What may be said of one method while the token is good for the others.
OF_THE_METHOD = frozenset({"missing_scope", "no_permission"})

# Slack's documentation: "some aspect of the operation succeeded before the error was raised" is possible.
IN_DOUBT = frozenset({"fatal_error", "internal_error", "request_timeout", "service_unavailable"})

LATER = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded", "team_added_to_org", "accesslimited"})
