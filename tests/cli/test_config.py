"""`oseberg config`: what is in effect, a file to start with, and what is wrong with it."""

import json
import stat
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from oseberg.cli import main
from oseberg.cli.config.known import MODELS, VARIABLES
from oseberg.cli.settings import SECTIONS


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, no configuration folder, and none of our variables."""
    for name in (*VARIABLES.values(), "OSEBERG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OSEBERG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "user"))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "work"


def run(*arguments: str, status: int = 0) -> Result:
    done = CliRunner().invoke(main, ["config", *arguments])
    assert done.exit_code == status, done.output
    return done


def test_the_sections_are_those_of_the_settings() -> None:
    """A new section is known everywhere or nowhere."""
    assert {section for section in MODELS if "." not in section} == SECTIONS


def test_sources_are_shown(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each setting says whether it comes from a variable, a file or nowhere."""
    (folder / "oseberg.toml").write_text("[mixpanel]\nregion = 'eu'\ntime_zone = 'America/Chicago'\n")
    monkeypatch.setenv("MIXPANEL_TIME_ZONE", "UTC")
    found = json.loads(run("show", "--json").stdout)
    sources = {f"{one['section']}.{one['key']}": (one["value"], one["source"]) for one in found["settings"]}
    assert sources["mixpanel.region"] == ("eu", str(folder / "oseberg.toml"))
    assert sources["mixpanel.time_zone"] == ("UTC", "environment MIXPANEL_TIME_ZONE")
    assert sources["score.threshold"] == (10.0, "default")
    assert sources["accounts.user_columns.email"] == ("email", "default")
    assert found["data_folder"] == str(folder.parent / "home")


def test_what_is_shown_is_a_settings_file(folder: Path) -> None:
    """The output can be kept as oseberg.toml, tables and lists included."""
    text = '[load]\nrename_properties = {"a b" = "c"}\ndrop_users = ["*@x.com"]\n'
    text += "[county.check.rules]\nMA302 = {max_count = 3}\n"
    (folder / "oseberg.toml").write_text(text)
    shown = run("show").stdout
    content = tomllib.loads(shown)
    assert content["load"]["rename_properties"] == {"a b": "c"}
    assert content["county"]["check"]["rules"] == {"MA302": {"max_count": 3}}
    (folder / "oseberg.toml").write_text(shown)
    assert "oseberg.toml: valid" in run("check").stdout


@pytest.mark.parametrize("form", [[], ["--json"]])
@pytest.mark.parametrize("place", ["environment", "file"])
def test_secrets_are_never_shown(folder: Path, monkeypatch: pytest.MonkeyPatch, form: list[str], place: str) -> None:
    """A secret is known to be set, wherever it comes from; of an address only the password is hidden."""
    secret = "geheim-4711"
    values = {
        ("mixpanel", "secret"): secret,
        ("load", "hash_salt"): secret,
        ("database", "url"): f"postgresql://ann:{secret}@db.example.com:5432/usage?password={secret}",
        ("database", "direct_url"): f"host=db password={secret}",
        ("mixpanel", "api_url"): f"https://ann:{secret}@mixpanel.example.com/x",
    }
    if place == "environment":
        for key, value in values.items():
            monkeypatch.setenv(VARIABLES[key], value)
    else:
        values["database", "direct_url"] = values["database", "url"]
        values["county", "register"] = values["database", "url"]
        lines = [f"{section}.{key} = {json.dumps(value)}\n" for (section, key), value in values.items()]
        (folder / "oseberg.toml").write_text("".join(lines))
    done = run("show", *form)
    assert secret not in done.output
    assert "ann@db.example.com:5432/usage" in done.stdout


def test_a_new_file_changes_nothing_and_is_private(folder: Path) -> None:
    """Every key is commented out; the file may come to hold secrets, so nobody else reads it."""
    before = run("show").stdout
    run("init")
    path = folder / "oseberg.toml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert run("show").stdout == before
    assert "exists" in run("init", status=1).stderr
    path.write_text("[score]\n")
    run("init", "--force")
    assert "#threshold = 10.0" in path.read_text()


def test_files_that_are_valid_or_missing_are_listed(folder: Path) -> None:
    """Both places that are read are named."""
    assert run("check").stdout.count("does not exist") == 2
    (folder / "oseberg.toml").write_text("[score]\nthreshold = 12\n")
    assert f"{folder / 'oseberg.toml'}: valid" in run("check").stdout


def test_every_fault_is_listed_at_once(folder: Path) -> None:
    """Unknown keys come with the key that was probably meant."""
    (folder / "oseberg.toml").write_text(
        "[mixpanel]\nregoin = 'eu'\n[accounts.user_columns]\nemial = 'x'\n"
        "[county.check]\nlag = 3\nrules.MA302.max = 3\n"
    )
    said = run("check", status=1).stderr
    assert "[mixpanel] regoin: unknown key; did you mean region? The keys are project_id" in said
    assert "[accounts] user_columns.emial: unknown key; did you mean email?" in said
    assert "[county.check] lag: unknown key; did you mean lag_days?" in said
    assert "[county.check] rules.MA302.max: unknown key" in said


@pytest.mark.parametrize(
    ("text", "variable", "says"),
    [
        ("[scroe]\nthreshold = 3\n", "", "unknown section [scroe]. Did you mean [score]?"),
        ("[score]\nmodel = 'none.toml'\n", "", "[score] model: "),
        ("[county]\npath = 'none'\n", "", "[county] path: "),
        ("", "MIXPANEL_REGION", "MIXPANEL_REGION"),
    ],
)
def test_other_faults(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str, variable: str, says: str) -> None:
    """Sections, missing files and the values of variables are checked as well."""
    (folder / "oseberg.toml").write_text(text)
    if variable:
        monkeypatch.setenv(variable, "mars")
    assert says in run("check", status=1).stderr


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[score]\nthreshold = 'ten'\n", "[score] threshold: write a number"),
        ("[score]\nthreshold = inf\n", "[score] threshold: must be at most 100"),
        ("[mixpanel]\nproject_id = true\n", "[mixpanel] project_id: write a text in quotes"),
        ("[mixpanel]\nparallel = 1.5\n", "[mixpanel] parallel: write a whole number"),
        ("[mixpanel]\nregion = 'mars'\n", "[mixpanel] region: choose 'us', 'eu' or 'in'"),
        ("[load]\ndrop_users = '*@x.com'\n", "[load] drop_users: write a list"),
        ("[load]\nprofiles = 'maybe'\n", "[load] profiles: write true or false"),
        ("[load]\nhash_properties = ['email']\n", "[load] hash_properties: needs a salt"),
        ("[county.check.rules]\nMA302 = 5\n", "[county.check] rules.MA302: write a table"),
        ("[county.check.counties.48227]\nlag_dais = 3\n", "unknown key; did you mean lag_days?"),
        ("[county.check.counties.48227.rules.MA302]\nmax = 3\n", "unknown key; did you mean max_count?"),
        ("[database]\nschema = 'A b'\n", "[database] schema: does not have the form"),
        ("[database]\nurl = 'mysql://ann:geheim@x/y'\n", "[database] url or OSEBERG_DATABASE_URL: must start with"),
        ("[run]\nping_url = 'geheim'\n", "The ping address is not a web address"),
        ("[county]\nsource = 's3:/vendor/geheim'\n", "[county] source: s3: is not known here; write a path or s3://…"),
        ("[county]\nregister = 'https://x'\n", "[county] register: https: is not known here"),
        ("[county]\nsurveys = 'none.csv'\n", "[county] surveys: "),
        ("[county]\nsource = 'none'\n", "[county] source: "),
        ("[run]\nreport = 'none/health.html'\n", "[run] report: the folder "),
        ("[score]\nevents = 'gs://acme'\n", "[score] events: gs: is not known here"),
        ("[[score]]\nthreshold = 3\n", "score is a section"),
        ("[score]\nthreshold = 1\nthreshold = 2\n", "(at line 3, column 14)"),
    ],
)
def test_a_fault_says_what_to_write(folder: Path, text: str, says: str) -> None:
    """In words that need no knowledge of Python, with the file, and never with the value, which may be a secret."""
    (folder / "oseberg.toml").write_text(text)
    said = run("check", status=1).stderr
    assert says in said
    assert "Input should" not in said
    assert "geheim" not in said


@pytest.mark.parametrize(
    "lines",
    [
        "[county]\nregister = 'postgresql://u:geheim@[::1/db'\n",
        "[county]\nsource = 's3://key:geheim@bucket/x'\n",
        "[database]\nurl = 'postgresql://u:geheim@host:port/db'\n",
        "[mixpanel]\napi_url = 'https://x.example:geheim/'\n",
        "[mixpanel]\napi_url = 'https://x.example/?token=geheim'\n",
        "[run]\non_failure = \"curl -H 'Token: geheim' https://x.example\"\n",
        "[run]\nping_url = 'https://hc-ping.example/geheim?x=[geheim'\n",
    ],
)
def test_secrets_in_odd_places(folder: Path, lines: str) -> None:
    """An address that can't be taken apart is not shown at all, and nothing ends with a traceback."""
    (folder / "oseberg.toml").write_text(lines)
    for words in (["config", "show"], ["config", "show", "--json"], ["config", "check"]):
        done = CliRunner().invoke(main, words)
        assert isinstance(done.exception, SystemExit | None), words
        assert "geheim" not in done.output, words


def test_the_shown_file_is_valid_whatever_its_texts_hold(folder: Path) -> None:
    """Quotes, backslashes, line breaks and other scripts survive."""
    (folder / "oseberg.toml").write_text(
        '[load]\ndrop_users = ["a\\"b\\\\c", "\\u0007\\n", "ü€😀"]\n', encoding="utf-8"
    )
    assert tomllib.loads(run("show").stdout)["load"]["drop_users"] == ['a"b\\c', "\x07\n", "ü€😀"]
