"""The default folder for oseberg's own data."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from oseberg.usage_db.errors import EmbeddedServerError

SYSTEM_FOLDER = Path("/var/lib/oseberg")


def data_folder() -> Path:
    """Return the folder for oseberg's own data; it need not exist yet.

    `OSEBERG_HOME` names it. Without it, root uses /var/lib/oseberg (its home is closed to the account that runs
    Postgres), and everybody else the data folder of the platform: on Linux `XDG_DATA_HOME` or `~/.local/share`.

    Returns:
        An absolute path. The embedded server is in its subfolder `postgres`.

    Raises:
        EmbeddedServerError: The account has no home folder, as in some containers.

    Example:
        >>> os.environ["OSEBERG_HOME"] = "/srv/oseberg"
        >>> data_folder() / "postgres"
        PosixPath('/srv/oseberg/postgres')
        >>> del os.environ["OSEBERG_HOME"]
    """
    if named := os.environ.get("OSEBERG_HOME", "").strip():
        return Path(named).expanduser().absolute()
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return SYSTEM_FOLDER
    try:
        folder = platformdirs.user_data_path("oseberg", appauthor=False)
    except RuntimeError:  # newer versions of platformdirs; older ones leave the "~" of an unknown home
        folder = Path("~")
    if not folder.is_absolute():
        raise EmbeddedServerError("This account has no home folder. Set OSEBERG_HOME to a folder for oseberg's data.")
    return folder
