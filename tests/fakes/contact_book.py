"""The contacts of an office."""

from clerkd.core.desk.contact_imports import ContactImports
from clerkd.core.desk.contacts import Contacts


def contacts_of(office) -> Contacts:
    return Contacts(office.store, office.clock, office.ids, files=office.store, region="US")


def imports_of(office) -> ContactImports:
    return ContactImports(office.store, office.clock, office.ids, region="US")
