"""Files in the three steps of 2025: a URL to send to, the bytes, the completion that shares them."""

from __future__ import annotations

from dataclasses import dataclass

from clerkd.simulate.slack.records import Json
from clerkd.simulate.slack.refusal import Refusal
from clerkd.simulate.slack.state import State


@dataclass(slots=True)
class StoredFile:
    """One file; `octets` is None until they were sent."""

    id: str
    name: str
    length: int
    user: str
    created: int
    ticket: str
    octets: bytes | None = None
    title: str = ""
    mimetype: str = "application/octet-stream"
    completed: bool = False


class Uploads:
    """The files of the workspace. `base_url` is where octets are sent to and fetched from."""

    def __init__(self, state: State) -> None:
        self.base_url = ""
        self._state = state
        self._files: dict[str, StoredFile] = {}

    def reserve(self, name: str, length: int, user_id: str) -> tuple[str, str]:
        """Return the upload URL and the id of a file to come."""
        if length <= 0:
            raise Refusal.of_messages("invalid_arguments", ["[ERROR] must be greater than 0 [json-pointer:/length]"])
        ticket = f"{self._state.rng.getrandbits(96):024x}"
        now = self._state.clock.now_ms() // 1000
        file = StoredFile(self._state.new_id("F"), name, length, user_id, now, ticket)
        self._files[file.id] = file
        return f"{self.base_url}/upload/v1/{ticket}", file.id

    def receive(self, ticket: str, octets: bytes) -> bool:
        """Keep the octets of a reserved file; False when the ticket is unknown or the length is another."""
        file = next((one for one in self._files.values() if one.ticket == ticket and one.octets is None), None)
        if file is None or len(octets) != file.length:
            return False
        file.octets = octets
        return True

    def complete(self, file_id: str, title: str) -> StoredFile:
        """Finish a file whose octets have come; raise `file_not_found`."""
        file = self.find(file_id, completed=False)
        if file.octets is None or file.completed:
            raise Refusal("file_not_found")
        file.title, file.completed = title or file.name, True
        return file

    def add(self, name: str, octets: bytes, user_id: str, mimetype: str) -> StoredFile:
        """Keep a file that a person shared."""
        now = self._state.clock.now_ms() // 1000
        file = StoredFile(self._state.new_id("F"), name, len(octets), user_id, now, "", octets, name, mimetype)
        file.completed = True
        self._files[file.id] = file
        return file

    def find(self, file_id: str, *, completed: bool = True) -> StoredFile:
        """Return a file; raise `file_not_found`."""
        file = self._files.get(file_id)
        if file is None or (completed and not file.completed):
            raise Refusal("file_not_found")
        return file

    def file_json(self, file: StoredFile) -> Json:
        """Return a file as Slack shows it to the app; fetching `url_private` needs the bot token."""
        url = f"{self.base_url}/files-pri/{self._state.team.id}-{file.id}/{file.name}"
        return {
            "id": file.id,
            "created": file.created,
            "timestamp": file.created,
            "name": file.name,
            "title": file.title,
            "mimetype": file.mimetype,
            "filetype": file.name.rpartition(".")[2],
            "user": file.user,
            "mode": "hosted",
            "is_external": False,
            "size": file.length,
            "file_access": "visible",
            "url_private": url,
            "url_private_download": url,
        }
