"""pandas, where it is installed: only tables need it, and it is four times the size of all the rest."""

from __future__ import annotations

import importlib
from typing import Any

from oseberg.s3utils.errors import NotSupported


def load_pandas(what: str) -> Any:  # noqa: ANN401 - a module, whose attributes a type checker can't know
    """Import pandas for a call that returns or reads a table.

    Args:
        what: The call, for the message.

    Returns:
        The module pandas.

    Raises:
        NotSupported: It is not installed.
    """
    try:
        return importlib.import_module("pandas")
    except ImportError:
        message = f'{what} needs pandas, which is not installed. Run: python3 -m pip install "oseberg-s3utils[pandas]"'
        raise NotSupported(message, operation=what) from None
