"""The shape of the configuration file: what may be written, of which type, and what is assumed when it is not.

Only types, ranges and defaults are here; what needs a second look (references, files, phone numbers) is in
`clerkd.app.checks`. `config/clerkd.schema.json` is made from these structs.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

DEFAULT_STATE_DIR = "/var/lib/clerkd"


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A mapping of the file, with no keys but its own."""


class Secret(_Section, frozen=True):
    """Where a secret is; exactly one of the three. The secret itself is never written in the file."""

    file: str | None = None
    env: str | None = None
    credential: str | None = None


class Log(_Section, frozen=True):
    """What is logged and how; `auto` is coloured on a terminal and JSON lines otherwise."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "console", "json"] = "auto"


class Roles(_Section, frozen=True):
    """Who may do what: ids of Slack users (U…) and user groups (S…).

    Viewers see, agents text, managers change contacts, templates and rules, admins and owners export. Whoever is listed
    nowhere is an agent, and once agents are named a viewer. Without any list every full member may do everything.
    """

    owner: list[str] = []
    admin: list[str] = []
    manager: list[str] = []
    agent: list[str] = []
    viewer: list[str] = []


class Slack(_Section, frozen=True):
    """The workspace. `channel` is shared by the lines that name none.

    What is written in a conversation waits for `undo_s` seconds, in which deleting or editing it takes it back.
    """

    bot_token: Secret
    app_token: Secret
    api_url: str = "https://slack.com/api/"
    channel: str | None = None
    roles: Roles = Roles()
    undo_s: Annotated[int, msgspec.Meta(ge=0, le=300)] = 0


class Modem(_Section, frozen=True):
    """One modem; `port` is a device path, `tcp://host:port`, or `auto` with an IMEI or ICCID.

    One that does not answer is restarted, but not more than `resets_per_hour` times. `smsc` is the number of
    the network's message centre, for a SIM that holds none or a wrong one.
    """

    port: str
    pin: Secret | None = None
    profile: str = "auto"
    resets_per_hour: Annotated[int, msgspec.Meta(ge=0, le=60)] = 4
    imei: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{15}$")] | None = None
    iccid: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{18,20}$")] | None = None
    smsc: Annotated[str, msgspec.Meta(pattern=r"^\+[1-9][0-9]{4,14}$")] | None = None


class Quota(_Section, frozen=True):
    """How many segments a line may send from midnight of one reset day to the next.

    A month that has no such day resets on its last. `time_zone` is an IANA name like Europe/London.
    """

    segments: Annotated[int, msgspec.Meta(ge=1)]
    reset_day: Annotated[int, msgspec.Meta(ge=1, le=31)] = 1
    time_zone: str = "UTC"


class Fallback(_Section, frozen=True):
    """The line that sends what this one cannot, and how long to wait for that.

    A text moves while nothing of it was written: after `no_network_s` without a network, and if `no_result_s` is given
    after so long in the queue. `other_number` allows that it then comes from another number.
    """

    line: str
    no_network_s: Annotated[int, msgspec.Meta(ge=1)] = 60
    no_result_s: Annotated[int, msgspec.Meta(ge=1)] | None = None
    other_number: bool = False


class Pacing(_Section, frozen=True):
    """How many segments a SIM may try in any minute, hour, day and thirty days, and how many recipients in a day.

    What is beyond waits. `jitter_s` is the longest pause, of chance, before a segment.
    """

    per_minute: Annotated[int, msgspec.Meta(ge=1)] | None = None
    per_hour: Annotated[int, msgspec.Meta(ge=1)] | None = None
    per_day: Annotated[int, msgspec.Meta(ge=1)] | None = None
    per_month: Annotated[int, msgspec.Meta(ge=1)] | None = None
    recipients_per_day: Annotated[int, msgspec.Meta(ge=1)] | None = None
    jitter_s: Annotated[float, msgspec.Meta(ge=0, le=60)] = 0.0


class TextBack(_Section, frozen=True):
    """The text to whoever calls and is hung up on, at most once in `every_h` hours."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
    every_h: Annotated[int, msgspec.Meta(ge=1, le=8760)] = 24


class Balance(_Section, frozen=True):
    """What is left on a prepaid SIM: the USSD `code` that asks, and the expression whose only group is the amount.

    It is asked every `every_h` hours; people are told when it is `below`, and when it is not any more.
    """

    code: str
    pattern: str
    below: Annotated[float, msgspec.Meta(ge=0)]
    every_h: Annotated[int, msgspec.Meta(ge=1, le=720)] = 24


class KeepAlive(_Section, frozen=True):
    """What a SIM does that has sent nothing for `every_days` days: a `text` `to` a number, or a USSD `code`."""

    every_days: Annotated[int, msgspec.Meta(ge=1, le=365)] = 80
    to: str | None = None
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=160)] | None = None
    code: Annotated[str, msgspec.Meta(pattern=r"^[0-9*#+]{1,182}$")] | None = None


class Line(_Section, frozen=True):
    """A number that sends and receives, through one modem or one carrier.

    Without `countries` the line texts the country of its own number only; without `pacing` as fast as the modem can.
    `outcome_policy` is for messages that ask for none. `calls: forward` needs `forward_to`.
    """

    number: str
    modem: str | None = None
    carrier: str | None = None
    channel: str | None = None
    countries: list[str] | None = None
    quota: Quota | None = None
    calls: Literal["drop", "ring", "forward"] = "drop"
    forward_to: str | None = None
    text_back: TextBack | None = None
    delivery_reports: bool = True
    pacing: Pacing | None = None
    outcome_policy: Literal["hold", "at_least_once", "at_most_once"] = "hold"
    fallback: Fallback | None = None
    balance: Balance | None = None
    keep_alive: KeepAlive | None = None


class Carrier(_Section, frozen=True):
    """An account at a carrier and one of its numbers. Which keys it needs depends on `kind`.

    twilio: `account_sid`, `auth_token`. telnyx: `auth_token`. vonage: `api_key`, `api_secret`. smpp: `host`, `port`,
    `system_id`, `password`. Every `poll_s` seconds an HTTP carrier is asked for what is new.
    """

    kind: Literal["twilio", "telnyx", "vonage", "smpp"]
    number: str
    account_sid: str | None = None
    auth_token: Secret | None = None
    api_key: str | None = None
    api_secret: Secret | None = None
    api_url: str | None = None
    poll_s: Annotated[int, msgspec.Meta(ge=1, le=3600)] = 10
    host: str | None = None
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 2775
    tls: bool = True
    system_id: str | None = None
    password: Secret | None = None


class Route(_Section, frozen=True):
    """Which lines send to numbers with a prefix or in some countries, the preferred one first; neither: to all."""

    lines: list[str]
    prefix: str | None = None
    countries: list[str] | None = None


class ReminderMinutes(_Section, frozen=True):
    """After how many minutes without an answer people are reminded, by priority; 0 is never."""

    low: Annotated[int, msgspec.Meta(ge=0)] = 240
    normal: Annotated[int, msgspec.Meta(ge=0)] = 60  # conversations without a priority, too
    high: Annotated[int, msgspec.Meta(ge=0)] = 15
    urgent: Annotated[int, msgspec.Meta(ge=0)] = 5


class Moves(_Section, frozen=True):
    """Which steps a conversation's status takes by itself."""

    first_reply: bool = True  # New to Open with the first answer
    reopen: bool = True  # Pending, On-hold and Solved to Open with the next text
    close_solved: bool = True  # Solved to Closed after `close_after_h`
    renew_closed: bool = True  # Closed to New with the next text


class Tickets(_Section, frozen=True):
    """Conversations as work: when people hear of them, and how their status moves."""

    notify_after_s: Annotated[int, msgspec.Meta(ge=0)] = 180
    answered_card_s: Annotated[int, msgspec.Meta(ge=0)] = 60
    close_after_h: Annotated[int, msgspec.Meta(ge=1)] = 96
    remind_after_min: ReminderMinutes = ReminderMinutes()
    moves: Moves = Moves()


class Http(_Section, frozen=True):
    """Where the API listens; `behind_tls_proxy` allows an address that other machines reach."""

    listen: str = "127.0.0.1:8470"
    behind_tls_proxy: bool = False


class Store(_Section, frozen=True):
    """What keeps the state."""

    url: str = "sqlite"


class KeywordTexts(_Section, frozen=True):
    """The answers in one language; `{business}` and `{help}` stand for what is configured beside them."""

    stop: str | None = None
    start: str | None = None
    help: str | None = None


class OptOut(_Section, frozen=True):
    """What people who text STOP, START or HELP are answered, once.

    `business` stands in front of each answer, `help` is where help is found. `answer: false` is for lines whose
    network answers by itself; STOP is obeyed in any case.
    """

    answer: bool = True
    business: str = ""
    help: str = ""
    en: KeywordTexts = KeywordTexts()
    fr: KeywordTexts = KeywordTexts()
    es: KeywordTexts = KeywordTexts()


class Settings(_Section, frozen=True):
    """The whole file."""

    state_dir: str = DEFAULT_STATE_DIR
    log: Log = Log()
    slack: Slack | None = None
    modems: dict[str, Modem] = {}
    lines: dict[str, Line] = {}
    carriers: dict[str, Carrier] = {}
    routes: list[Route] = []
    tickets: Tickets = Tickets()
    opt_out: OptOut = OptOut()
    http: Http = Http()
    store: Store = Store()
