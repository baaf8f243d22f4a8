"""Users and groups are imported whole, with every fault named, or not at all."""

from pathlib import Path

import pandas as pd
import psycopg
import pytest

from oseberg.usage_db import AccountFileError, AccountSettings, UsageDatabase, UserNotFoundError

GROUPS = "id,name,account_size,group_type,salesforce_id\n"
GROUPS += "7,Seven,49999.99,,001A\n8,Eight,50000,,\n9,Nine,,,\n10,Ten,10,Enterprise,\n"
USERS = "name,id,group_id,job_type,enabled,products,email,username\n"
USERS += "Ann,1,7,Landman,yes,Sol;Atla,ann@x.com,ann\nBob,2,8,Geologist,false,,,\n"


def write(folder: Path, users: str = USERS, groups: str = GROUPS) -> tuple[Path, Path]:
    (folder / "users.csv").write_text(users, encoding="utf-8")
    (folder / "groups.csv").write_text(groups, encoding="utf-8")
    return folder / "users.csv", folder / "groups.csv"


def group_types(url: str) -> dict[int, str | None]:
    with psycopg.connect(url) as connection:
        return dict(connection.execute("SELECT group_id, group_type FROM usage.company").fetchall())


def test_files_are_imported(db: UsageDatabase, tmp_path: Path) -> None:
    """Columns in another order are fine; job types are made as they come; a repeated import writes nothing."""
    assert db.import_accounts(*write(tmp_path)).as_dict() == {"users": 2, "groups": 4, "written": 6, "disabled": 0}
    users = db.users().set_index("user_id")
    assert users.loc[1, ["job_type", "products", "group_name", "group_type"]].tolist() == [
        "Landman",
        "Atla;Sol",
        "Seven",
        "SMB",
    ]
    assert users["enabled"].tolist() == [True, False]
    groups = db.groups().set_index("group_id")
    assert groups.loc[7].iloc[:4].tolist() == ["Seven", "SMB", 49999.99, "001A"]
    assert groups["salesforce_id"].isna().tolist() == [False, True, True, True]
    assert db.import_accounts(*write(tmp_path)).written == 0


def test_group_types(url: str, tmp_path: Path) -> None:
    """Below 50,000 is SMB, from it on Enterprise, unknown is none; a person's word and the own company come first."""
    with UsageDatabase(url, accounts=AccountSettings(own_group_id=9)) as db:
        db.upgrade(apply_settings=True)
        db.import_accounts(*write(tmp_path))
    assert group_types(url) == {7: "SMB", 8: "Enterprise", 9: "Oseberg", 10: "Enterprise"}
    with UsageDatabase(url, accounts=AccountSettings(smb_below=60_000, own_group_id=None)) as db:
        db.upgrade(apply_settings=True)
    assert group_types(url) == {7: "SMB", 8: "SMB", 9: None, 10: "Enterprise"}


def test_missing_optional_columns_keep_what_is_stored(db: UsageDatabase, tmp_path: Path) -> None:
    """Only the columns of the file are written; who is absent stays."""
    db.import_accounts(*write(tmp_path))
    db.import_accounts(*write(tmp_path, "id,name\n1,Anne\n3,Cid\n", "id,name\n7,Sieben\n"))
    users = db.users().set_index("user_id")
    assert users.loc[1, ["name", "job_type", "group_name"]].tolist() == ["Anne", "Landman", "Sieben"]
    assert users.index.tolist() == [1, 2, 3]
    assert users["enabled"].tolist() == [True, False, True]


def test_absent_users_are_disabled_on_demand(db: UsageDatabase, tmp_path: Path) -> None:
    """With disable_missing, who is not in the file is disabled."""
    db.import_accounts(*write(tmp_path))
    counts = db.import_accounts(*write(tmp_path, "id,name\n2,Bob\n"), disable_missing=True)
    assert counts.disabled == 1
    assert db.users()["enabled"].tolist() == [False, False]
    db.import_accounts(*write(tmp_path))
    with pytest.raises(AccountFileError, match=r"users.csv: no users, so everybody would be disabled"):
        db.import_accounts(*write(tmp_path, "id,name\n"), disable_missing=True)
    assert db.users()["enabled"].tolist() == [True, False]


FAULTS = {
    "id,name\n1,Ann\n1,Bob\n": "users.csv:3: id 1 is already on line 2",
    "id,name\nx,Ann\n": "users.csv:2: id: 'x' is not a whole number",
    "id,name\n99999999999999999999,Ann\n": "is not a whole number",
    "id,name\n,Ann\n": "users.csv:2: id is empty",
    "id,name\n1,\n": "users.csv:2: name is empty",
    "id,name,group_id\n1,Ann,77\n": "users.csv:2: group_id 77 is neither in the file of groups nor in the database",
    "id,name,enabled\n1,Ann,maybe\n": "'maybe' is neither true nor false",
    "id,name,products\n1,Ann,Luna\n": "'Luna' is not a list of products",
    "id,name,colour\n1,Ann,red\n": "the column 'colour' is unknown",
    "id,email\n1,a@b.c\n": "the column 'name' is missing",
    "id,name,name\n1,Ann,Ann\n": "the column 'name' appears twice",
    "id,name\n1,Ann,more\n": "users.csv:2: 3 fields, but the header has 2",
    'id,name\n1,"Ann\n': "users.csv:2: unexpected end of data",
    "id,name\n1,A\0nn\n": "NUL",
    "id;name\n1;Ann\n": "users.csv:1: the columns are separated by ';'; save the file with commas",
    "": "the column 'id' is missing",
}


@pytest.mark.parametrize("users", FAULTS)
def test_faults_name_file_and_line(db: UsageDatabase, tmp_path: Path, users: str) -> None:
    """A fault is reported with its place, and nothing of either file is imported."""
    with pytest.raises(AccountFileError, match=r"(?s)Nothing was imported") as error:
        db.import_accounts(*write(tmp_path, users))
    assert FAULTS[users] in str(error.value)
    assert db.users().empty


@pytest.mark.parametrize("size", ["1,000", "-5", "lots", "nan", "1e3", "$5"])
def test_bad_sizes(db: UsageDatabase, tmp_path: Path, size: str) -> None:
    """An account size is a plain number of dollars."""
    with pytest.raises(AccountFileError, match=r"groups.csv:2: account_size: .* is not an amount"):
        db.import_accounts(*write(tmp_path, groups=f'id,name,account_size\n7,Seven,"{size}"\n'))


def test_unreadable_files(db: UsageDatabase, tmp_path: Path) -> None:
    """A missing file and one in another encoding are named."""
    users, groups = write(tmp_path)
    with pytest.raises(AccountFileError, match=r"nowhere.csv can't be read"):
        db.import_accounts(tmp_path / "nowhere.csv", groups)
    users.write_bytes(b"id,name\n1,Andr\xe9\n")
    with pytest.raises(AccountFileError, match="is not valid UTF-8"):
        db.import_accounts(users, groups)


def test_many_faults_are_cut(db: UsageDatabase, tmp_path: Path) -> None:
    """Of many faults the first twenty are shown."""
    with pytest.raises(AccountFileError, match="and 5 more"):
        db.import_accounts(*write(tmp_path, "id,name\n" + "x,Ann\n" * 25))


def test_frames_are_imported(db: UsageDatabase) -> None:
    """DataFrames do as well, ids beside missing ones included."""
    users = pd.DataFrame({"id": [1, 2], "name": ["Ann", "Bob"], "group_id": [7.0, None]})
    db.import_accounts(users, pd.DataFrame({"id": [7], "name": ["Seven"]}))
    assert db.users()["group_id"].fillna(0).tolist() == [7, 0]


def test_refusals_of_the_tables_are_reported(url: str, db: UsageDatabase, tmp_path: Path) -> None:
    """A rule of the other team's tables that a row breaks is named, and nothing is imported."""
    with psycopg.connect(url) as connection:
        connection.execute('CREATE UNIQUE INDEX one_name ON account."user" (email)')
    users = "id,name,email\n1,Ann,a@x.com\n2,Bob,a@x.com\n"
    with pytest.raises(AccountFileError, match="already exists"):
        db.import_accounts(*write(tmp_path, users))
    assert db.users().empty


def test_side_mode_leaves_the_tables_untouched(empty_url: str, tmp_path: Path) -> None:
    """In side-table mode the added columns are in tables of our own, under configured names too."""
    with psycopg.connect(empty_url) as connection:
        connection.execute("CREATE SCHEMA crm")
        connection.execute("CREATE TABLE crm.members (member_id int PRIMARY KEY, email text, login text, "
                           "name text, group_id int, enabled boolean NOT NULL DEFAULT true)")  # fmt: skip
        connection.execute("CREATE TABLE crm.companies (id int PRIMARY KEY, name text, account_size numeric)")
        connection.execute("INSERT INTO crm.members VALUES (1, 'ann@x.com', 'ann', 'Ann', 7, true)")
        connection.execute("INSERT INTO crm.companies VALUES (7, 'Seven', 49999.99)")
    settings = AccountSettings.model_validate(
        {"mode": "side", "schema": "crm", "user_table": "members", "group_table": "companies",
         "user_columns": {"id": "member_id", "username": "login"}}
    )  # fmt: skip
    with UsageDatabase(empty_url, accounts=settings) as db:
        db.upgrade()
        db.upgrade()
        users = "id,name,email,username,job_type,products\n1,Ann,ann@x.com,ann,Landman,Sol\n"
        counts = db.import_accounts(*write(tmp_path, users, "id,name,group_type\n7,Seven,Enterprise\n"))
        assert counts.written == 2
        shown = ["username", "group_name", "group_type", "job_type", "products"]
        assert db.users()[shown].iloc[0].tolist() == ["ann", "Seven", "Enterprise", "Landman", "Sol"]
    with psycopg.connect(empty_url) as connection:
        query = "SELECT count(*) FROM information_schema.columns WHERE table_schema = 'crm'"
        assert connection.execute(query).fetchone() == (9,)
        assert connection.execute("SELECT to_regnamespace('account')").fetchone() == (None,)


USERS_TO_FIND = (
    "id,name,email,username\n7,Ann,Ann@x.com,8\n8,Bob,bob@x.com,bob\n9,Cid,CID@x.com,Bob\n10,Dan,d@x.com,bob\n"
)
FOUND = {
    "8": 8,
    " ann@X.com ": 7,
    "Bob": 9,
    "user 9": "No user matches",
    "cid@x.com": 9,
    "BOB": "No user matches",
    "bob": "8, 10",
}


@pytest.mark.parametrize("text", FOUND)
def test_users_are_found(db: UsageDatabase, tmp_path: Path, text: str) -> None:
    """An id wins over an e-mail address, and that over a username, which is compared exactly."""
    db.import_accounts(write(tmp_path, USERS_TO_FIND)[0])
    expected = FOUND[text]
    if isinstance(expected, str):
        with pytest.raises(UserNotFoundError, match=expected):
            db.find_user(text)
    else:
        assert db.find_user(text).user_id == expected
        assert db.find_user("8").label == "Bob (user 8)"
