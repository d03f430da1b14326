"""The core's rules from the configuration's sections."""

from __future__ import annotations

from clerkd.app.settings import Line, OptOut, Roles
from clerkd.core.desk.answers import AnswerTexts
from clerkd.model.call import CallRules, TextBack
from clerkd.model.message import OutcomePolicy
from clerkd.model.number import region_of
from clerkd.model.pacing import Pacing
from clerkd.model.quota import Quota
from clerkd.model.rules import LineRules
from clerkd.slack.roles import Role, RoleLists


def line_rules(name: str, line: Line) -> LineRules:
    """Return what a line may send."""
    countries = frozenset(line.countries or ())
    policy = OutcomePolicy(line.outcome_policy)
    return LineRules(name, region_of(line.number), countries, reports=line.delivery_reports, outcome_policy=policy)


def call_rules(line: Line) -> CallRules:
    """Return what is done about a line's calls."""
    back = line.text_back
    text_back = None if back is None else TextBack(back.text, back.every_h * 3_600_000)
    return CallRules(region_of(line.number), text_back)


def pacing_of(line: Line) -> Pacing | None:
    """Return how fast a line may send."""
    pacing = line.pacing
    if pacing is None:
        return None
    return Pacing(
        per_minute=pacing.per_minute,
        per_hour=pacing.per_hour,
        per_day=pacing.per_day,
        per_month=pacing.per_month,
        recipients_per_day=pacing.recipients_per_day,
        jitter_s=pacing.jitter_s,
    )


def quota_of(line: Line) -> Quota | None:
    """Return how much a line may send."""
    quota = line.quota
    return None if quota is None else Quota(quota.segments, quota.reset_day, quota.time_zone)


def role_lists(roles: Roles) -> RoleLists:
    """Return who has which role; nothing if the configuration names nobody."""
    lists = {role: tuple(getattr(roles, role.word)) for role in Role}
    return {role: listed for role, listed in lists.items() if listed}


def answer_texts(opt_out: OptOut) -> AnswerTexts | None:
    """Return what keywords are answered; None if they are not."""
    if not opt_out.answer:
        return None
    given = {
        (language, kind): text
        for language, texts in (("en", opt_out.en), ("fr", opt_out.fr), ("es", opt_out.es))
        for kind, text in (("stop", texts.stop), ("start", texts.start), ("help", texts.help))
        if text is not None
    }
    return AnswerTexts(opt_out.business, opt_out.help, given)
