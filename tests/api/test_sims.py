from clerkd.store.ops.sims import see_sim

OWN, PRESENT = "8944500000000000002", "8944500000000000001"


async def test_a_lines_sim_is_shown_beside_the_one_that_is_there_and_replaced(api):
    await api.office.store.write(see_sim, "support", OWN, at=api.office.clock.now_ms())
    shown = (await api.unix.get("/v1/lines/support/sim")).json
    assert (shown["bound"], shown["present"], shown["other"]) == (OWN, PRESENT, True)
    assert shown["since"].endswith("Z")

    answer = await api.unix.post("/v1/lines/support/sim", {"sim": PRESENT})
    assert (answer.status, answer.json["bound"], answer.json["other"]) == (200, PRESENT, False)


async def test_a_sim_that_is_not_there_is_not_confirmed(api):
    answer = await api.unix.post("/v1/lines/support/sim", {"sim": OWN})

    assert (answer.status, answer.code, answer.error["details"]["present"]) == (409, "conflict", PRESENT)


async def test_a_line_that_is_not_there_and_a_body_that_is_no_sim_are_refused(api):
    assert (await api.unix.get("/v1/lines/sales/sim")).code == "line.unknown"
    assert (await api.unix.post("/v1/lines/support/sim", {"sim": "no"})).status == 400


async def test_a_menu_is_ended(api):
    assert (await api.unix("DELETE", "/v1/modems/front-desk/ussd")).status == 204
    assert api.console.seen == ["end of the menu"]
