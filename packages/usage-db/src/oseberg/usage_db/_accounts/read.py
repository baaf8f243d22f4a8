"""Reads users and companies as DataFrames."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oseberg.usage_db._frames import read_frame

if TYPE_CHECKING:
    import pandas as pd

    from oseberg.usage_db._connection import Connection

_USERS = """
SELECT user_id, email, username, name, group_id, group_name, group_type, job_type, enabled, products
FROM usage.person ORDER BY user_id
"""


def read_users(connection: Connection) -> pd.DataFrame:
    """Return every user with company, job type and products."""
    return read_frame(connection, _USERS, {})


_GROUPS = """
SELECT group_id, group_name, group_type, account_size::float8 AS account_size, salesforce_id
FROM usage.company ORDER BY group_id
"""


def read_groups(connection: Connection) -> pd.DataFrame:
    """Return every group with its type, size and Salesforce account."""
    return read_frame(connection, _GROUPS, {})
