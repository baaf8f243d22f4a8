"""The settings of a shared database are those that it stores, from whatever folder a command runs."""

import re
from datetime import date
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from oseberg.usage_db import AccountSettings, LoadError, LoadSettings, SettingsError, UsageDatabase
from tests.usage_db.helpers import DAY, line

SIDE = AccountSettings(mode="side", own_group_id=3, smb_below=70_000, user_segments=("region",))
GROUPS = "id,name,account_size,group_type,salesforce_id\n3,Ours,1,,\n7,Seven,60000,,001A\n8,Eight,1,Enterprise,\n"
USERS = "id,name,group_id,job_type,products,region\n1,Ann,7,Landman,Sol,West\n2,Bob,8,,,\n"


@pytest.fixture
def shared(empty_url: str, tmp_path: Path) -> str:
    """Make a database in side mode, with facts."""
    (tmp_path / "users.csv").write_text(USERS)
    (tmp_path / "groups.csv").write_text(GROUPS)
    with UsageDatabase(empty_url, accounts=SIDE) as db:
        db.upgrade()
        db.import_accounts(tmp_path / "users.csv", tmp_path / "groups.csv")
    return empty_url


def facts(db: UsageDatabase) -> tuple[list, list]:
    users = db.users()[["job_type", "products", "group_type", "region"]].astype(object)
    groups = db.groups()[["group_type", "salesforce_id"]].astype(object)
    return tuple(frame.where(frame.notna(), None).to_numpy().tolist() for frame in (users, groups))  # type: ignore[return-value]


EXPECTED = (
    [["Landman", "Sol", "SMB", "West"], [None, None, "Enterprise", None]],
    [["Oseberg", None], ["SMB", "001A"], ["Enterprise", None]],
)


def columns_added(url: str) -> bool:
    with psycopg.connect(url) as connection:
        query = "SELECT count(*) FROM information_schema.columns WHERE table_schema = 'account'"
        return connection.execute(query + " AND column_name IN ('job_type_id', 'group_type_id')").fetchone() == (2,)


@pytest.mark.parametrize("settings", [None, AccountSettings(), AccountSettings(smb_below=70_000), SIDE])
def test_another_folder_changes_nothing(shared: str, settings: AccountSettings | None) -> None:
    """An upgrade with no settings, or with the same ones, keeps mode, types, job types and the others' tables."""
    with UsageDatabase(shared, accounts=settings) as db:
        assert facts(db) == EXPECTED
        db.upgrade()
        assert facts(db) == EXPECTED
    assert not columns_added(shared)


OTHERS = {
    'mode = "columns", but the database stores "side"': {"mode": "columns"},
    "smb_below = 50000.0, but the database stores 70000.0": {"smb_below": 50_000},
    "own_group_id = nothing, but the database stores 3": {"own_group_id": None},
    'user_columns.email = "mail", but the database stores "email"': {"user_columns": {"email": "mail"}},
    'user_segments = ["country"], but the database stores ["region"]': {"user_segments": ["country"]},
}


@pytest.mark.parametrize("difference", OTHERS)
def test_other_settings_are_refused_by_name(shared: str, difference: str) -> None:
    """A setting that says otherwise is named, by every method, and changes nothing."""
    with UsageDatabase(shared, accounts=AccountSettings.model_validate(OTHERS[difference])) as db:
        for method in (db.upgrade, db.users):
            with pytest.raises(SettingsError) as error:
                method()
            assert difference in str(error.value)
            assert "--apply-settings" in str(error.value)
    with UsageDatabase(shared) as db:
        assert facts(db) == EXPECTED
    assert not columns_added(shared)


def test_a_change_of_mode_carries_the_facts_over(shared: str) -> None:
    """There and back again: job types, products, types and Salesforce ids are the same in either mode."""
    with UsageDatabase(shared) as db:
        db.upgrade(accounts_mode="columns")
        assert columns_added(shared)
        assert facts(db) == EXPECTED
        with psycopg.connect(shared) as connection:
            connection.execute("UPDATE account.\"user\" SET products = 'Atla' WHERE id = 2")
        db.upgrade(accounts_mode="side")
        assert facts(db)[0] == [EXPECTED[0][0], [None, "Atla", "Enterprise", None]]
        db.upgrade()
        assert db.users()["products"].tolist()[1] == "Atla"


def test_settings_are_applied_on_demand(shared: str) -> None:
    """What the program names replaces what is stored; what it doesn't name stays."""
    with UsageDatabase(shared, accounts=AccountSettings(smb_below=50_000)) as db:
        db.upgrade(apply_settings=True)
        assert db.groups()["group_type"].tolist() == ["Oseberg", "Enterprise", "Enterprise"]
    with UsageDatabase(shared) as db:
        assert facts(db)[0][0] == ["Landman", "Sol", "Enterprise", "West"]


@pytest.mark.parametrize("inferred", [False, True])
def test_days_of_another_zone_are_refused(url: str, db: UsageDatabase, *, inferred: bool) -> None:
    """One database holds days of one zone, also one from before the zone was stored."""
    db.replace_day(DAY, [line(1)], time_zone="America/Chicago")
    if inferred:
        with psycopg.connect(url) as connection:
            connection.execute("DELETE FROM usage.setting WHERE name = 'time_zone'")
    with pytest.raises(LoadError, match="in the time zone America/Chicago; this export's days are in UTC"):
        db.replace_day(DAY, [line(1)])
    assert db.replace_day(DAY, [line(1)], time_zone="America/Chicago").unchanged == 1
    assert db.loaded_days()["day"].tolist() == [DAY]
    assert date(2026, 11, 2) == DAY


HIDING = LoadSettings(
    drop_users=["*@oseberg.com"],
    drop_properties=["$city"],
    hash_properties=["$email"],
    hash_salt=SecretStr("secret"),
    rename_properties={"a": "b"},
)
PRIVATE = {"$city": "Midland", "$email": "ann@x.com", "a": 1}


def stored(url: str) -> list:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT distinct_id, properties FROM usage.product_event ORDER BY 1").fetchall()


def test_another_folder_brings_nothing_back(url: str) -> None:
    """What a load leaves out, hashes and renames stays so for whoever loads next, with or without the settings."""
    source = [line(1, **PRIVATE), line(2, distinct_id="qa@oseberg.com", **PRIVATE)]
    with UsageDatabase(url, load=HIDING) as db:
        db.replace_day(DAY, source)
    before = stored(url)
    assert [row[0] for row in before] == ["user1"]
    assert set(before[0][1]) == {"$email", "b", "mp_processing_time_ms"}
    with UsageDatabase(url) as db, pytest.raises(LoadError, match="Set hash_salt"):
        db.replace_day(DAY, source, allow_shrink=True)
    with UsageDatabase(url, load=LoadSettings(hash_salt=SecretStr("secret"), settle_days=9)) as db:
        assert db.replace_day(DAY, source).unchanged == 1
        assert db.user_ids().drops("distinct_id", ["qa@oseberg.com", "ann"]) == [True, False]
    assert stored(url) == before


OTHER_LOADS = {
    'drop_properties = [], but the database stores ["$city"]': {"drop_properties": []},
    'drop_users = ["x"], but the database stores ["*@oseberg.com"]': {"drop_users": ["x"]},
    "a hash_salt other than the one": {"hash_salt": "other"},
    'include_events = ["Login"], but the database stores []': {"include_events": ["Login"]},
}


@pytest.mark.parametrize("message", OTHER_LOADS)
def test_another_setting_of_the_load_is_named(url: str, message: str) -> None:
    """It is refused before anything is loaded, and applied on purpose."""
    source = [line(1, **PRIVATE)]
    with UsageDatabase(url, load=HIDING) as db:
        db.replace_day(DAY, source)
    before = stored(url)
    other = LoadSettings.model_validate({"hash_salt": "secret", **OTHER_LOADS[message]})
    with UsageDatabase(url, load=other) as db:
        with pytest.raises(SettingsError, match=re.escape(message)):
            db.replace_day(DAY, source)
        assert stored(url) == before
        db.upgrade(apply_settings=True)
        assert db.replace_day(DAY, source).exported == 1
    with UsageDatabase(url, load=other) as db:
        assert db.replace_day(DAY, source).unchanged == 1
