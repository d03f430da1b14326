"""Do Not Disturb, opting out, countries and roles, through the real process (C2 to C4)."""

from fakes.slack_room import buttons_of, texts_of
from fakes.tickets import ANN, Desk
from fakes.world import CHANNEL, LINE_NUMBER, world

from clerkd.slack.ids import CardAction

BOB = "+447700900456"
SPAM = "+447700900999"
TEXTS = {"opt_out": {"business": "Bikes", "help": "bikes.example.com"}}


def said(w, root, words):
    return [one for one in w.thread(root) if words in texts_of(one) + one["text"]]


async def test_stop_is_confirmed_once_cancels_what_waits_and_only_they_can_rejoin(tmp_path):
    async with world(tmp_path, settings=TEXTS) as w:
        desk = Desk(w)
        await desk.texts("Hello")
        root = (await desk.root())["ts"]
        later = await w.daemon.send(ANN, "Sale!", send_at="2099-01-01T00:00:00Z")
        w.phone(ANN).send(LINE_NUMBER, "Stop.")
        await w.sees(lambda: [text.text for text in w.phone(ANN).inbox] == [
            "Bikes: You are unsubscribed and will get no more texts. Reply START to rejoin.",
        ])  # fmt: skip
        [told] = await w.sees(lambda: said(w, root, "opted out (STOP)"))
        assert "1 text that waited was cancelled" in texts_of(told)
        assert "Sale!" in texts_of(told)
        await desk.root("🚫 Opted out")
        message = await w.daemon.get(f"/v1/messages/{later}")
        assert (message["state"], message["error"]["code"]) == ("cancelled", "policy.opted-out")
        assert message["history"][-1]["actor"] == "policy.opted-out"

        ts = await w.slack.workspace.user_says("dana", CHANNEL, "Are you sure?", root)
        await w.sees(lambda: said(w, root, "only they can rejoin, by texting START"))
        await w.sees(lambda: "x" in w.reactions(ts, thread_ts=root))
        status, refused = await w.daemon.post("/v1/messages", {"to": ANN, "text": "Hi"})
        assert (status, refused["error"]["code"]) == (422, "policy.opted-out")

        w.phone(ANN).send(LINE_NUMBER, "STOP")
        w.phone(ANN).send(LINE_NUMBER, "I mean it")
        await w.sees(lambda: said(w, root, "They have opted out"))
        w.phone(ANN).send(LINE_NUMBER, "start")
        await w.sees(lambda: len(w.phone(ANN).inbox) == 2)
        assert w.phone(ANN).inbox[1].text.startswith("Bikes: You are subscribed again.")
        await w.slack.workspace.user_says("dana", CHANNEL, "Welcome back", root)
        await w.sees(lambda: w.phone(ANN).inbox[-1].text == "Welcome back")
        assert len(w.phone(ANN).inbox) == 3


async def test_french_spanish_and_help_are_answered_in_their_language(tmp_path):
    async with world(tmp_path, settings=TEXTS) as w:
        for number, text, answer in (
            (ANN, "Arrêt", "Bikes: Vous ne recevrez plus de SMS."),
            (BOB, "¡Baja!", "Bikes: Ya no le enviaremos mensajes."),
            (SPAM, "help", "Bikes: For help: bikes.example.com."),
        ):
            w.phone(number).send(LINE_NUMBER, text)
            inbox = await w.sees(lambda number=number: w.phone(number).inbox)
            assert inbox[0].text.startswith(answer)


async def test_what_sounds_like_stop_is_decided_by_people(tmp_path):
    async with world(tmp_path) as w:
        desk = Desk(w)
        await desk.texts("Please stop texting me")
        root = (await desk.root())["ts"]
        [asked] = await w.sees(lambda: said(w, root, "This may mean"))
        await w.slack.workspace.user_clicks("dana", CHANNEL, asked["ts"], buttons_of(asked)["Confirm opt-out"])
        await w.sees(lambda: said(w, root, "confirmed the opt-out"))
        await desk.root("🚫 Opted out")
        status, _ = await w.daemon.post("/v1/messages", {"to": ANN, "text": "Hi"})
        assert status == 422


async def test_an_opt_out_by_hand_says_who_and_why_and_can_be_taken_back(tmp_path):
    async with world(tmp_path) as w:
        desk = Desk(w)
        await desk.texts("Hello")
        root = (await desk.root())["ts"]
        await desk.choose("dana", root, CardAction.OPT_OUT)
        await desk.fill("dana", reason="Asked on the phone")
        await w.slack.workspace.user_submits_view("dana")
        await w.sees(lambda: said(w, root, "dana opted +44 7700 900123 out: “Asked on the phone”"))
        await desk.root("🚫 Opted out")
        await desk.choose("sam", root, CardAction.OPT_OUT)
        view = await w.sees(lambda: w.slack.workspace.top_view("sam"))
        assert "Asked on the phone" in str(view)
        await desk.fill("sam", reason="Called again")
        await w.slack.workspace.user_submits_view("sam")
        await w.sees(lambda: said(w, root, "They may be texted again"))
        await desk.root("✍️ Replies in this thread are texted")


async def test_texts_from_the_do_not_disturb_list_are_kept_counted_and_revealed_but_not_shown(tmp_path):
    async with world(tmp_path, settings=TEXTS) as w:
        desk, people = Desk(w), w.slack.workspace
        await w.slack.sockets.until_open(2)
        await people.user_runs("dana", "/clerk", "dnd", CHANNEL)
        await w.sees(lambda: people.top_view("dana"))
        await people.user_clicks_in_view("dana", "clerk.dnd.add")
        await w.sees(lambda: people.top_view("dana")["callback_id"] == "clerk.dnd.form")
        await desk.fill("dana", pattern="nonsense !!", reason="They sell ads", until="7")
        assert "neither a number" in str(await people.user_submits_view("dana"))
        await desk.fill("dana", pattern="+44 7700 9009*")
        await people.user_submits_view("dana")
        listed = await w.sees(lambda: "They sell ads" in str(view := people.top_view("dana")) and view)
        assert "+4477009009" in str(listed)

        w.phone(SPAM).send(LINE_NUMBER, "Buy now")
        w.phone(SPAM).send(LINE_NUMBER, "STOP")
        await w.sees_messages(2)
        await desk.texts("Hello")
        await desk.root()
        assert len(desk.roots()) == 1
        assert w.phone(SPAM).inbox == []
        status, refused = await w.daemon.post("/v1/messages", {"to": SPAM, "text": "Hi"})
        assert (status, refused["error"]["code"]) == (422, "policy.do-not-disturb")

        await people.user_closes_view("dana", whole_stack=True)
        await people.user_runs("sam", "/clerk", "dnd", CHANNEL)
        view = await w.sees(lambda: people.top_view("sam"))
        assert "2 texts held back this week" in str(view)
        await people.user_clicks_in_view("sam", "clerk.dnd.reveal")
        await w.sees(lambda: "Buy now" in str(people.top_view("sam")))
        await people.user_closes_view("sam")
        remove = next(
            element["action_id"] for block in people.top_view("sam")["blocks"] if block["type"] == "actions"
            for element in block["elements"] if element["text"]["text"] == "Remove"
        )  # fmt: skip
        await people.user_clicks_in_view("sam", remove)
        await w.sees(lambda: "Nobody is on the list" in str(people.top_view("sam")))
        w.phone(SPAM).send(LINE_NUMBER, "Hello again")
        await w.sees(lambda: len(desk.roots()) == 2)


async def test_the_list_is_changed_by_words_and_from_a_card(tmp_path):
    async with world(tmp_path) as w:
        desk, people = Desk(w), w.slack.workspace
        await desk.texts("Hello")
        root = (await desk.root())["ts"]
        await desk.choose("dana", root, CardAction.DO_NOT_DISTURB)
        view = await w.sees(lambda: people.top_view("dana"))
        assert ANN in str(view)
        await people.user_submits_view("dana")
        await w.sees(lambda: people.top_view("dana") is None)
        await people.user_runs("dana", "/clerk", "dnd add letters ads", CHANNEL)
        await w.sees(lambda: "every sender with a name" in str(people.ephemerals("dana")))
        await people.user_runs("dana", "/clerk", f"dnd remove {ANN}", CHANNEL)
        await w.sees(lambda: "is off the list" in str(people.ephemerals("dana")))
        await people.user_runs("dana", "/clerk", f"dnd remove {ANN}", CHANNEL)
        await w.sees(lambda: "is not on the list" in str(people.ephemerals("dana")))


async def test_a_line_texts_the_countries_that_it_may_and_says_so_in_the_settings(tmp_path):
    async with world(tmp_path, line={"countries": ["US"], "quota": {"segments": 10}}) as w:
        people = w.slack.workspace
        status, refused = await w.daemon.post("/v1/messages", {"to": ANN, "text": "Hi"})
        assert (status, refused["error"]["code"]) == (422, "policy.country")
        await w.slack.sockets.until_open(2)
        await people.user_runs("dana", "/clerk", "", CHANNEL)
        [board] = await w.sees(lambda: people.ephemerals("dana"))
        menu = next(
            element for block in board["blocks"] if block["type"] == "actions" for element in block["elements"]
            if element["type"] == "overflow" and "Settings" in str(element)
        )  # fmt: skip
        chosen = next(one["value"] for one in menu["options"] if one["text"]["text"] == "Settings")
        await people.user_clicks("dana", CHANNEL, board["ts"], menu["action_id"], choice=chosen)
        view = await w.sees(lambda: people.top_view("dana"))
        assert "Texts may go to US" in str(view)
        assert "0 of 10 segments used" in str(view)
        assert "Your role: Owner" in str(view)


async def test_roles_say_who_may_send_and_who_may_manage(tmp_path):
    async with world(tmp_path, start=False) as w:
        people = w.slack.workspace
        people.add_user("gus", is_restricted=True)
        w.slack.state.channel(CHANNEL).members.append(w.slack.state.user("gus").id)
        group = people.add_usergroup("dana")
        text = w.daemon.config.read_text()
        w.daemon.config.write_text(text.replace("slack:\n", f"slack:\n  roles: {{agent: [{group}]}}\n"))
        await w.daemon.start()
        await w.daemon.ready()
        desk = Desk(w)
        await desk.texts("Hello")
        root = (await desk.root())["ts"]
        await people.user_says("sam", CHANNEL, "From a viewer", root)
        await w.sees(lambda: "You are a viewer here and cannot text people" in str(people.ephemerals("sam")))
        await people.user_says("gus", CHANNEL, "From a guest", root)
        await w.sees(lambda: "only full members" in str(people.ephemerals("gus")))
        await people.user_runs("dana", "/clerk", "dnd add +1900* ads", CHANNEL)
        await w.sees(lambda: "You are an agent here and cannot change this" in str(people.ephemerals("dana")))
        await people.user_says("dana", CHANNEL, "From an agent", root)
        await w.sees(lambda: [text.text for text in w.phone(ANN).inbox] == ["From an agent"])
