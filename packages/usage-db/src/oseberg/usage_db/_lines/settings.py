"""What a load leaves out or changes."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class LoadSettings(BaseModel):
    """What a load leaves out or changes, applied to each event before anything is stored.

    Attributes:
        include_events: Only these events are kept; empty keeps all.
        exclude_events: These events are dropped.
        drop_users: Events of these ids are dropped: internal users and test accounts. `$user_id` and `distinct_id` are
            compared without regard to case; `*` and `?` are wild (`*@oseberg.com`).
        drop_properties: Properties that are not stored.
        rename_properties: Old name to new name.
        hash_properties: Properties stored as `sha256:` and a salted hash.
        hash_salt: The salt for them; needed when there are any.
        profiles: Whether a load keeps Mixpanel's profiles too.
        settle_days: A day is loaded again until it was loaded this many days after its end.
        recheck_days: Once a week, all days of the last so many are loaded again.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    include_events: list[str] = []
    exclude_events: list[str] = []
    drop_users: list[str] = []
    drop_properties: list[str] = []
    rename_properties: dict[str, str] = {}
    hash_properties: list[str] = []
    hash_salt: SecretStr = SecretStr("")
    profiles: bool = False
    settle_days: int = Field(default=5, ge=0)
    recheck_days: int = Field(default=30, ge=0)
