"""Files of contacts in Slack: read, checked, taken in while people watch, and handed out."""

from __future__ import annotations

import asyncio
import re

import structlog

from clerkd.core.desk.contact_imports import ContactImports
from clerkd.core.desk.importing.columns import Column
from clerkd.core.desk.importing.encoding import FILE_LIMIT_OCTETS
from clerkd.core.desk.importing.export import ContactsFormat, contact_pieces
from clerkd.errors import ClerkdError, Conflict, NotFound, Refused
from clerkd.model.audit import Audited
from clerkd.model.contact import InvalidContact
from clerkd.model.contact_import import ContactImport, ImportRow, ImportState, RowOutcome
from clerkd.slack.acts.handing import hand_over, note_export
from clerkd.slack.files import SlackFiles
from clerkd.slack.interactions import Act, Desk, Errors, Interactions, Permission, Update, ViewAnswer
from clerkd.slack.payload import Acted, Entered, Json, OpenView, ViewSubmitted
from clerkd.slack.screens import contact_import as screen
from clerkd.slack.screens import contacts as list_screen
from clerkd.slack.screens import export, skeleton
from clerkd.store.ops.contacts_import import import_rows
from clerkd.store.ops.contacts_search import count_contacts

WATCH_EVERY_S = 1.0  # Slack takes a hundred updates a minute from all of us
WATCHED = 20  # modals at the same time; whoever comes later presses Refresh
NOT_THERE = "This import is not there any more: they are kept for a week. Choose the file again."
_REGION = re.compile(r"[A-Za-z]{2}", re.ASCII)

log = structlog.get_logger()


class ContactFileActs:
    """What people do with files of contacts. `run` keeps open modals current."""

    def __init__(self, imports: ContactImports) -> None:
        self._imports = imports
        self._watched: asyncio.Queue[tuple[str, str]] = asyncio.Queue(WATCHED)

    def interactions(self) -> Interactions:
        """Return what is answered here."""
        manage = Permission.MANAGE
        return Interactions(
            actions={
                list_screen.IMPORT: Act(self.ask, manage),
                list_screen.EXPORT: Act(self.offer, Permission.EXPORT),
                export.CONTACTS: Act(self.export, Permission.EXPORT),
                screen.LOOK_AGAIN: Act(self.look_again, manage),
                screen.REFRESH: Act(self.refresh, manage),
                screen.STOP: Act(self.stop, manage),
            },
            views={
                screen.UPLOAD: Act(self.read, manage),
                screen.CHECK: Act(self.start, manage),
            },
            duties={"contact-imports": self.watch},
        )

    async def ask(self, payload: Acted, desk: Desk) -> None:
        """Ask for a file."""
        await desk.screens.push(payload.trigger, screen.upload())

    async def offer(self, payload: Acted, desk: Desk) -> None:
        """Ask which file of all contacts is wanted."""
        await desk.screens.push(payload.trigger, export.contacts(await desk.store.read(count_contacts)))

    async def export(self, payload: Acted, desk: Desk) -> None:
        """Write all contacts to a file and hand it to whoever asked."""
        if payload.view is None:
            return
        form = ContactsFormat(payload.value.get("form", ContactsFormat.CSV))
        name = "contacts.csv" if form is ContactsFormat.CSV else "contacts.vcf"
        await desk.screens.update(payload.view.id, skeleton.notice(export.CONTACTS_TITLE, export.on_its_way(name)))
        await note_export(desk, Audited.CONTACTS_EXPORTED, form.value)
        pieces = contact_pieces(desk.store, form)
        said = "All contacts, as you asked."
        await hand_over(desk, payload.view.id, export.CONTACTS_TITLE, name=name, said=said, pieces=pieces)

    async def read(self, payload: ViewSubmitted, desk: Desk) -> ViewAnswer:
        """Read the file and show what it would do."""
        files = payload.view.entered.files(screen.FILE)
        file_id = files[0].get("id") if files else None
        if not isinstance(file_id, str) or desk.files is None:
            return Errors({screen.FILE: "Choose a file."})
        try:
            name, octets = await _fetch(desk.files, file_id)
            opened = await self._imports.open(octets, source=name, actor=desk.person.name, key=desk.key)
        except Refused as fault:
            return Errors({screen.FILE: fault.message})
        return Update(await self._check(opened))

    async def look_again(self, payload: Acted, desk: Desk) -> None:
        """Show what the file would do with what the columns are said to hold."""
        if payload.view is None:
            return
        try:
            changed = await self._changed(payload.view)
            shows = await self._check(changed, changed=True)
        except NotFound:
            shows = skeleton.notice("Import contacts", NOT_THERE)
        except Refused as fault:
            shows = skeleton.notice("Import contacts", fault.message)
        await desk.screens.update(payload.view.id, shows)

    async def start(self, payload: ViewSubmitted, desk: Desk) -> ViewAnswer:
        """Take the file in, unless the columns were said to hold something that nobody has seen the result of."""
        try:
            changed = await self._changed(payload.view)
            if screen.seen(changed) != payload.view.carried.get("seen"):
                return Update(await self._check(changed, changed=True))
            started = await self._imports.start(changed.id)
        except NotFound:
            return Update(skeleton.notice("Import contacts", NOT_THERE))
        except InvalidContact as fault:
            of_region = fault.details.get("field") == screen.REGION
            return Errors({screen.REGION if of_region else f"{screen.COLUMN}0": fault.message})
        except Conflict:  # by somebody else, or a moment ago
            started = await self._imports.get(payload.view.carried.get("import_id", ""))
        desk.changed()
        self._watch(payload.view.id, started)
        return Update(await self._progress(desk, started))

    async def refresh(self, payload: Acted, desk: Desk) -> None:
        """Show how far an import is."""
        if payload.view is not None:
            found = await self._imports.get(payload.value.get("import_id", ""))
            self._watch(payload.view.id, found)
            await desk.screens.update(payload.view.id, await self._progress(desk, found))

    async def stop(self, payload: Acted, desk: Desk) -> None:
        """End an import; what was taken in stays."""
        if payload.view is not None:
            found = await self._imports.cancel(payload.value.get("import_id", ""))
            await desk.screens.update(payload.view.id, await self._progress(desk, found))

    async def watch(self, desk: Desk) -> None:
        """Keep the modals current in which people watch imports; for ever."""
        async with asyncio.TaskGroup() as group:
            while True:
                view_id, import_id = await self._watched.get()
                group.create_task(self._follow(desk, view_id, import_id), name=f"slack-import {import_id}")

    def _watch(self, view_id: str, found: ContactImport) -> None:
        if found.state is ImportState.RUNNING and not self._watched.full():
            self._watched.put_nowait((view_id, found.id))

    async def _follow(self, desk: Desk, view_id: str, import_id: str) -> None:
        shown = -1
        try:
            while True:
                found = await self._imports.wait(import_id, beyond=shown, within_s=60.0)
                if found.done > shown or found.state is not ImportState.RUNNING:
                    view = await self._progress(desk, found)
                    if await desk.screens.update(view_id, view) is None or found.state is not ImportState.RUNNING:
                        return
                shown = found.done
                await asyncio.sleep(WATCH_EVERY_S)
        except ClerkdError as error:  # Slack is away, or the import was erased: Refresh is there
            log.info("slack.import-not-followed", error=error.message)

    async def _changed(self, view: OpenView) -> ContactImport:
        """Return the import with what the form says of its columns; raise `NotFound`, `InvalidContact`, `Conflict`."""
        found = await self._imports.get(view.carried.get("import_id", ""))
        columns = [_column(view.entered, index, known) for index, known in enumerate(found.columns)]
        region = view.entered.text(screen.REGION).strip().upper()
        if region and _REGION.fullmatch(region) is None:
            raise InvalidContact("Two letters: US, GB, FR.", field=screen.REGION)
        overwrite = bool(view.entered.choices(screen.OVERWRITE))
        return await self._imports.change(found.id, columns=columns, region=region or None, overwrite=overwrite)

    async def _check(self, found: ContactImport, *, changed: bool = False) -> Json:
        return screen.check(found, await self._imports.preview(found.id), changed=changed)

    async def _progress(self, desk: Desk, found: ContactImport) -> Json:
        bad: list[ImportRow] = []
        if found.state is not ImportState.RUNNING:
            bad = await desk.store.read(import_rows, found.id, outcome=RowOutcome.BAD, limit=screen.ROWS_SHOWN)
        return screen.watch(found, bad)


def _column(entered: Entered, index: int, known: str) -> str:
    chosen = entered.choice(f"{screen.COLUMN}{index}")
    return chosen if chosen in set(Column) else known


async def _fetch(files: SlackFiles, file_id: str) -> tuple[str, bytes]:
    return await files.fetch(file_id, most=FILE_LIMIT_OCTETS)
