"""Fetch secrets from where the configuration says they are."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from clerkd.app.settings import Secret

CREDENTIALS_DIRECTORY = "CREDENTIALS_DIRECTORY"  # set by systemd, systemd.exec(5) "CREDENTIALS"


class SecretUnreadable(Exception):
    """The secret is not there, empty, or open to everybody; the text says which, where, and what to do."""


class CredentialUnknown(SecretUnreadable):
    """A systemd credential was asked for outside a systemd unit, where nobody can tell whether it exists."""


def read_secret(secret: Secret, environ: Mapping[str, str]) -> str:
    """Return the secret without the white space around it. Raise `SecretUnreadable`."""
    if secret.env is not None:
        value = environ.get(secret.env)
        if value is None:
            raise SecretUnreadable(f"the environment variable {secret.env} is not set")
        source = f"the environment variable {secret.env}"
    elif secret.credential is not None:
        path = _credential_path(secret.credential, environ)
        value, source = _read(path), f"the credential {secret.credential}"
    else:
        path = Path(secret.file or "")
        value, source = _read_private(path), str(path)
    value = value.strip()
    if not value:
        raise SecretUnreadable(f"{source} is empty")
    return value


def _credential_path(name: str, environ: Mapping[str, str]) -> Path:
    directory = environ.get(CREDENTIALS_DIRECTORY)
    if directory is None:
        raise CredentialUnknown(
            f"the credential {name} is only there when systemd starts the daemon ($CREDENTIALS_DIRECTORY is not set)"
        )
    if Path(name).name != name:
        raise SecretUnreadable(f'"{name}" is not the name of a credential')
    path = Path(directory, name)
    if not path.exists():
        raise SecretUnreadable(f"systemd passed no credential {name}: add LoadCredential={name}:PATH to the unit")
    return path


def _read_private(path: Path) -> str:
    if not path.is_absolute():
        raise SecretUnreadable(f'"{path}" is not an absolute path')
    try:
        mode = path.stat().st_mode
    except OSError as reason:
        raise SecretUnreadable(f"{path} cannot be read: {os.strerror(reason.errno or 0)}") from reason
    if not stat.S_ISREG(mode):
        raise SecretUnreadable(f"{path} is not a file")
    if mode & stat.S_IROTH:
        raise SecretUnreadable(f"every user of this machine can read {path}: chmod o-rwx {path}")
    return _read(path)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as reason:
        raise SecretUnreadable(f"{path} cannot be read: {os.strerror(reason.errno or 0)}") from reason
    except UnicodeDecodeError as reason:
        raise SecretUnreadable(f"{path} is not text") from reason
