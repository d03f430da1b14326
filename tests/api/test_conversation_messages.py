"""`/v1/conversations/{id}/messages`: a conversation's texts, page by page."""

from fakes.desk import OTHER


async def test_a_conversations_messages_come_page_by_page_oldest_first(api):
    for number in range(5):
        answer = await api.tcp.post("/v1/messages", {"to": "(415) 555-0123", "text": f"text {number}"})
        assert answer.status == 202
    await api.tcp.post("/v1/messages", {"to": OTHER, "text": "somebody else's"})
    conversations = (await api.tcp.get("/v1/conversations")).json["conversations"]
    conversation = next(one["id"] for one in conversations if one["peer"] != OTHER)

    first = (await api.tcp.get(f"/v1/conversations/{conversation}/messages?limit=3")).json
    second = (await api.tcp.get(f"/v1/conversations/{conversation}/messages?limit=3&after={first['next']}")).json

    assert [one["text"] for one in first["messages"] + second["messages"]] == [f"text {number}" for number in range(5)]
    assert second["next"] is None


async def test_an_unknown_conversation_is_not_found(api):
    answer = await api.tcp.get("/v1/conversations/nothing/messages")

    assert answer.status == 404
