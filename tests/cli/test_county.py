"""`oseberg county list|parse|new`, from a folder, a file, S3 and a whole root."""

import json
import re
import shutil
from pathlib import Path

import boto3
import pytest
from click.testing import CliRunner
from distributed import LocalCluster
from moto.server import ThreadedMotoServer

from oseberg.cli import main

DATA = Path(__file__).parents[1] / "county_parsers" / "data"
ANDREWS = DATA / "andrews" / "delivery" / "48003" / "20180605"
LEA = DATA / "lea_empty_day" / "delivery"
FILES = ["records.jsonl", "rejects.jsonl", "summary.json"]


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    """Run in an empty folder, without anybody's oseberg.toml."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


def run(*arguments):
    return CliRunner().invoke(main, ["county", *map(str, arguments)])


def published(folder):
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def server():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(server, monkeypatch):
    """A bucket that holds two counties' deliveries, images included."""
    for name, value in {
        "AWS_ENDPOINT_URL_S3": server,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="vendor")
    for root in (DATA / "andrews" / "delivery", LEA):
        for path in filter(Path.is_file, root.rglob("*")):
            s3.upload_file(str(path), "vendor", path.relative_to(root).as_posix())
    s3.put_object(Bucket="vendor", Key="48003/20180605/images/18-0004002.pdf", Body=b"%PDF")
    yield s3
    for item in s3.list_objects_v2(Bucket="vendor")["Contents"]:
        s3.delete_object(Bucket="vendor", Key=item["Key"])
    s3.delete_bucket(Bucket="vendor")


def test_list_names_every_county():
    """The list has the five counties, as a table and as JSON."""
    found = json.loads(run("list", "--json").stdout)
    assert {"andrews", "crockett", "howard", "lea", "reagan"} <= {row["name"] for row in found}
    assert "48003" in run("list").stdout


@pytest.mark.parametrize(
    ("line", "message"),
    [("path = 3", "[county] path: write a text in quotes"), ('pth = "x"', "[county] pth: unknown")],
)
def test_a_wrong_setting_is_named(line, message, tmp_path):
    """A key of `[county]` that nothing reads, or of another type, is reported with its file."""
    (tmp_path / "oseberg.toml").write_text(f"[county]\n{line}\n")
    result = run("list")
    assert result.exit_code == 1
    assert f"{tmp_path / 'oseberg.toml'}: {message}" in result.stderr


@pytest.mark.parametrize("source", [ANDREWS, next(ANDREWS.iterdir())])
def test_parse_into_a_folder(source, tmp_path):
    """A folder and its file give the three files and status 3, since rows were rejected."""
    result = run("parse", "andrews", source, "--out", tmp_path / "out")
    assert result.exit_code == 3, result.output
    assert result.stdout == ""
    assert published(tmp_path / "out") == FILES
    expected = DATA / "andrews" / "expected"
    assert lines(tmp_path / "out" / "records.jsonl") == lines(expected / "records.jsonl")
    assert json.loads((tmp_path / "out" / "summary.json").read_text()) == json.loads(
        (expected / "summary.json").read_text()
    )


def test_parse_to_standard_output():
    """Without --out the records are on standard output alone, the summary on standard error."""
    result = run("parse", "andrews", ANDREWS)
    assert result.exit_code == 3
    records = [json.loads(line) for line in result.stdout.splitlines()]
    assert records == lines(DATA / "andrews" / "expected" / "records.jsonl")
    assert json.loads(result.stderr)["records"] == len(records)


def test_an_empty_day_is_all_read():
    """Nothing rejected and no totals that differ is status 0."""
    assert run("parse", "lea", LEA / "35025" / "20180605").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("loving", "."), "No county is named 'loving'"),
        (("andrews", "nowhere"), "nowhere does not exist. Check the path."),
        (("andrews", "."), "no index file of Andrews County"),
        (("lea", "s3://vendor"), "does not directly contain an index file"),
        (("lea", "S3://vendor/"), "does not directly contain an index file"),
        (("lea", "s3://vendor/nothing/"), "s3://vendor/nothing/ does not exist"),
        (("lea", "s3://vendor/nothing"), "s3://vendor/nothing does not exist"),
        (("lea", "s3://no-such-bucket-here/nothing"), "The bucket does not exist"),
        (("lea", "https://vendor.s3.amazonaws.com/k?X-Amz-Signature=secret"), "Web addresses aren't supported"),
    ],
)
def test_what_cannot_be_read(arguments, message, bucket):
    """A mistake is a sentence and status 1, and nothing is written."""
    result = run("parse", *arguments, "--out", "out")
    assert result.exit_code == 1, result.output
    assert message in result.stderr
    assert "Traceback" not in result.output
    assert "secret" not in result.output
    assert not Path("out").exists()


def test_a_file_of_another_format_leaves_nothing(tmp_path):
    """A parse that dies leaves neither a result nor a temporary file, and an earlier result stays."""
    out = tmp_path / "out"
    run("parse", "andrews", ANDREWS, "--out", out)
    before = {name: (out / name).read_bytes() for name in FILES}
    (tmp_path / "other.csv").write_bytes(b"\x00\x01binary")
    result = run("parse", "andrews", tmp_path / "other.csv", "--out", out)
    assert result.exit_code == 1
    assert "the first row should be the heading" in result.stderr
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_from_s3_once(bucket, tmp_path):
    """A delivery in S3 is parsed once for a folder; changed, it is parsed again, and --again always."""
    arguments = ("parse", "andrews", "s3://vendor/48003/20180605/", "--out", tmp_path / "out")
    first, second = run(*arguments), run(*arguments)
    assert (first.exit_code, second.exit_code) == (3, 3)
    assert "already parsed" not in first.stderr
    assert "already parsed" in second.stderr
    assert lines(tmp_path / "out" / "records.jsonl") == lines(DATA / "andrews" / "expected" / "records.jsonl")
    assert "already parsed" not in run(*arguments, "--again").stderr
    bucket.put_object(
        Bucket="vendor",
        Key="48003/20180605/ANDREWS_OPR_20180501_20180604.csv",
        Body=next(ANDREWS.iterdir()).read_bytes() + b"Total records: 44\r\n",
    )
    assert "already parsed" not in run(*arguments).stderr
    (tmp_path / "out" / "summary.json").unlink()
    assert "already parsed" not in run(*arguments).stderr


def test_one_file_from_s3_to_standard_output(bucket):
    """The URL of one index file works as well as that of its folder, however the scheme is written."""
    for source in ("s3://vendor/48003/20180605/ANDREWS_OPR_20180501_20180604.csv", "S3://vendor/48003/20180605"):
        assert len(run("parse", "andrews", source).stdout.splitlines()) == 37


def test_young_files_are_left_alone(bucket, tmp_path):
    """A file that the vendor may still be writing is status 75, and comes the next time."""
    result = run("parse", "lea", "s3://vendor/35025/20180605", "--out", tmp_path / "out", "--stable-for", 5)
    assert result.exit_code == 75, result.output
    assert run("parse", "lea", "s3://vendor/35025/20180605", "--out", tmp_path / "out").exit_code == 0


@pytest.mark.parametrize("place", ["local", "s3"])
def test_all_counties_under_a_root(place, bucket, tmp_path):
    """--all parses every delivery into OUT/FIPS/YYYYMMDD; one that can't be read keeps no other from it."""
    root = tmp_path / "root"
    for part in (DATA / "andrews" / "delivery", LEA):
        shutil.copytree(part, root, dirs_exist_ok=True)
    source = root if place == "local" else "s3://vendor"
    result = run("parse", "--all", source, "--out", tmp_path / "out")
    assert result.exit_code == 3, result.output
    assert published(tmp_path / "out" / "48003" / "20180605") == FILES
    assert published(tmp_path / "out" / "35025" / "20180605") == FILES
    broken = b"not a workbook"
    (root / "48383" / "20180605").mkdir(parents=True)
    (root / "48383" / "20180605" / "Reagan a.xlsx").write_bytes(broken)
    bucket.put_object(Bucket="vendor", Key="48383/20180605/Reagan a.xlsx", Body=broken)
    result = run("parse", "--all", source, "--out", tmp_path / "again", "--again")
    assert result.exit_code == 1, result.output
    assert "Reagan a.xlsx" in result.stderr
    assert published(tmp_path / "again" / "48003" / "20180605") == FILES


@pytest.fixture
def root(tmp_path):
    """A root with two counties' deliveries, and a third that can't be read."""
    for part in (DATA / "andrews" / "delivery", LEA):
        shutil.copytree(part, tmp_path / "root", dirs_exist_ok=True)
    broken = tmp_path / "root" / "48383" / "20180605" / "Reagan a.xlsx"
    broken.parent.mkdir(parents=True)
    broken.write_bytes(b"not a workbook")
    return tmp_path / "root"


def outcome(folder):
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {path.relative_to(folder): path.read_bytes() for path in files}


def test_several_processes_do_what_one_does(root, tmp_path):
    """--workers gives the same files, the same messages in the same order, and the same status."""
    one = run("parse", "--all", root, "--out", tmp_path / "one")
    several = run("parse", "--all", root, "--out", tmp_path / "two", "--workers", 2)
    assert one.exit_code == several.exit_code == 1
    said = re.sub(r"^Parsing: .*\n", "", several.stderr, flags=re.MULTILINE)  # on a slow machine
    assert said == one.stderr.replace(f"{tmp_path}/one", f"{tmp_path}/two")
    assert outcome(tmp_path / "one") == outcome(tmp_path / "two")


def test_a_dask_scheduler_does_what_one_process_does(root, tmp_path):
    """--dask gives the same files and the same status, from the workers of a scheduler."""
    run("parse", "--all", root, "--out", tmp_path / "one")
    with LocalCluster(n_workers=1, processes=False, dashboard_address="127.0.0.1:0", host="tcp://127.0.0.1") as cluster:
        result = run("parse", "--all", root, "--out", tmp_path / "two", "--dask", cluster.scheduler_address)
    assert result.exit_code == 1, result.output
    assert outcome(tmp_path / "one") == outcome(tmp_path / "two")


def test_a_scheduler_that_is_not_there(root, tmp_path):
    """An address where nobody answers is a sentence and status 1."""
    result = run("parse", "--all", root, "--out", tmp_path / "out", "--dask", "tcp://127.0.0.1:9")
    assert result.exit_code == 1
    assert "The Dask scheduler tcp://127.0.0.1:9 can't be reached" in result.stderr
    assert "Traceback" not in result.stderr


def test_workers_are_for_many_deliveries(tmp_path):
    """--workers without --all is reported as wrong usage, not ignored."""
    assert run("parse", "andrews", ANDREWS, "--out", tmp_path / "out", "--workers", 2).exit_code == 2


@pytest.mark.parametrize(
    "arguments", [("parse", "andrews"), ("parse", "--all", "."), ("parse", "--all", "a", "b", "--out", "o")]
)
def test_wrong_usage(arguments):
    """What is missing from the command line is reported with status 2."""
    assert run(*arguments).exit_code == 2


def test_all_without_any_delivery(tmp_path):
    """A root without deliveries is reported, with the layout it should have."""
    result = run("parse", "--all", tmp_path, "--out", "out")
    assert result.exit_code == 1
    assert "ROOT/FIPS/YYYYMMDD" in result.stderr


@pytest.fixture
def own(tmp_path):
    """A folder of counties of one's own, which oseberg.toml names."""
    (tmp_path / "oseberg.toml").write_text('[county]\npath = "counties"\n')
    folder = tmp_path / "counties"
    folder.mkdir()
    return folder


BROKEN = ["county = Cnty()", "import nowhere", "county = 3", "raise SystemExit", "county ="]


@pytest.mark.parametrize("text", BROKEN)
def test_a_broken_module_is_reported_and_keeps_no_other_from_being_listed(text, own):
    """A fault in a module of one's own is reported with its file; the others are listed, and the status is 3."""
    (own / "winkler.py").write_text(text)
    result = run("list", "--json")
    assert result.exit_code == 3, result.output
    assert {"andrews", "lea"} <= {row["name"] for row in json.loads(result.stdout)}
    assert result.stderr.startswith(f"oseberg: {own / 'winkler.py'}")


def test_a_broken_module_keeps_no_delivery_from_being_parsed(own, root, tmp_path):
    """--all parses what it can, tells what is wrong with a module, and fails; a fips of two counties is one more."""
    shutil.rmtree(root / "48383")
    (own / "winkler.py").write_text(BROKEN[0])
    (own / "martin.py").write_text(
        "from dataclasses import replace\n"
        "from oseberg.county_parsers.counties.andrews import county as andrews\n"
        "county = replace(andrews, name='Martin')\n"
    )
    result = run("parse", "--all", root, "--out", tmp_path / "out")
    assert result.exit_code == 1, result.output
    assert f"{own / 'winkler.py'}, line 1: NameError" in result.stderr
    assert "andrews: its fips 48003 is also that of martin, which is used" in result.stderr
    assert published(tmp_path / "out" / "48003" / "20180605") == FILES
    shutil.rmtree(root)
    result = run("parse", "--all", root, "--out", tmp_path / "out")
    assert "NameError" in result.stderr


def test_a_hook_that_fails_is_reported_with_its_line(own, root, tmp_path):
    """What goes wrong in the code of one's own module names its line, with one delivery as with --all."""
    run("new", "winkler", "48495")
    module = own / "winkler.py"
    lines_ = [
        *module.read_text().splitlines(),
        '@county.hook("document")',
        "def f(context, row, record):",
        '    row["X"]',
    ]
    module.write_text("\n".join(lines_))
    folder = own / "examples" / "winkler" / "delivery"
    result = run("parse", "winkler", folder)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"oseberg: {module}, line {len(lines_)}: KeyError: 'X'\n"
    shutil.copytree(folder, root, dirs_exist_ok=True)
    result = run("parse", "--all", root, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert f"{module}, line {len(lines_)}: KeyError" in result.stderr
    assert published(tmp_path / "out" / "48003" / "20180605") == FILES
    assert not (tmp_path / "out" / "48495" / "20180605").exists()


def test_new_county_in_ones_own_folder(tmp_path):
    """`[county] path` says where; the new county can be listed and parsed at once."""
    assert "[county]" in run("new", "winkler", "48495").stderr
    (tmp_path / "oseberg.toml").write_text('[county]\npath = "counties"\n')
    result = run("new", "winkler", "48495")
    assert result.exit_code == 0, result.output
    assert str(tmp_path / "counties" / "winkler.py") in result.stdout.splitlines()
    assert f"python3 -m pytest {tmp_path / 'counties' / 'test_winkler.py'}`" in result.stderr
    assert "winkler" in run("list").stdout
    assert run("parse", "winkler", "counties/examples/winkler/delivery/48495/20180605").exit_code == 3
    assert run("new", "winkler", "48495").exit_code == 1


def test_new_county_here(tmp_path):
    """--here writes where the checkout keeps its counties, and names the checkout's way to run their tests."""
    modules = Path("packages/county-parsers/src/oseberg/county_parsers/counties")
    modules.mkdir(parents=True)
    result = run("new", "winkler", "48495", "--here")
    assert result.exit_code == 0, result.output
    assert str(modules / "winkler.py") in result.stdout.splitlines()
    assert "python3 -m nox -s tests -- tests/county_parsers -k winkler`" in result.stderr


def test_new_county_here_needs_a_checkout():
    """--here is refused outside a checkout: an installed package is never written into."""
    result = run("new", "winkler", "48495", "--here")
    assert result.exit_code == 1
    assert "not a checkout" in result.stderr


def test_a_second_run_over_local_folders_parses_what_is_new(root, tmp_path):
    """The ledger knows local files: old rejects are known, changed files parsed, withdrawn ones reported once."""
    shutil.rmtree(root / "48383")
    out = tmp_path / "out"
    arguments = ("parse", "--all", root, "--out", out)
    first, second = run(*arguments), run(*arguments)
    assert (first.exit_code, second.exit_code) == (3, 0), second.output
    assert second.stderr.count("already parsed") == 2
    andrews = next(path for path in (root / "48003" / "20180605").iterdir() if path.is_file())
    andrews.write_bytes(andrews.read_bytes().replace(b"Total records: 42", b"Total records: 43"))
    changed = run(*arguments)
    assert (changed.exit_code, changed.stderr.count("already parsed")) == (3, 1)
    shutil.copy(andrews, andrews.with_name("ANDREWS_OPR_2.csv"))
    run(*arguments)
    andrews.with_name("ANDREWS_OPR_2.csv").unlink()
    gone, after = run(*arguments), run(*arguments)
    assert "48003/20180605/ANDREWS_OPR_2.csv: withdrawn" in gone.stderr
    assert (gone.exit_code, gone.stderr.count("already parsed")) == (3, 1)
    assert (after.exit_code, "withdrawn" in after.stderr) == (0, False)
    shutil.copy(andrews, andrews.with_name("ANDREWS_OPR_2.csv"))
    assert run(*arguments).stderr.count("already parsed") == 1
    assert run(*arguments).stderr.count("already parsed") == 2


def test_a_delivery_that_is_gone_is_reported(root, tmp_path):
    """A whole delivery that was withdrawn is reported once; its results stay."""
    shutil.rmtree(root / "48383")
    arguments = ("parse", "--all", root, "--out", tmp_path / "out")
    run(*arguments)
    shutil.rmtree(root / "35025")
    gone, after = run(*arguments), run(*arguments)
    assert (gone.exit_code, after.exit_code) == (3, 0)
    assert "35025/20180605/LEA_20180605.txt: withdrawn" in gone.stderr
    assert published(tmp_path / "out" / "35025" / "20180605") == FILES


def test_what_no_county_reads_is_named(root, tmp_path):
    """Folders of unknown codes and files that fit no pattern are reported in each run; only new ones need attention."""
    shutil.rmtree(root / "48383")
    arguments = ("parse", "--all", root, "--out", tmp_path / "out")
    run(*arguments)
    (root / "48999" / "20180605").mkdir(parents=True)
    (root / "48999" / "20180605" / "a.csv").write_text("x")
    (root / "48003" / "20180605" / "notes.doc").write_text("x")
    (root / "48003" / "20180605" / "images").mkdir(exist_ok=True)
    (root / "48003" / "20180605" / "images" / "1.pdf").write_text("x")
    (root / "48003" / "20180606").mkdir()
    (root / "readme.txt").write_text("x")
    first, second = run(*arguments), run(*arguments)
    for expected in (
        "48999/: not read. No county has this FIPS code",
        "48003/20180605/notes.doc: not read. It is not named like an index file of Andrews County",
        "48003/20180606 holds no index file of Andrews County",
        "readme.txt: not read",
    ):
        assert expected in first.stderr
        assert expected in second.stderr
    assert "1.pdf" not in first.stderr
    assert (first.exit_code, second.exit_code) == (3, 0)


def test_an_own_module_replaces_the_shipped_one(own, root, tmp_path):
    """A module of one's own that has a shipped one's name is used, and the list says so."""
    (own / "andrews.py").write_text(
        "from dataclasses import replace\n"
        "from oseberg.county_parsers.counties.andrews import county as shipped\n"
        "county = replace(shipped, document_types={'other': ['X']})\n"
    )
    (row,) = (row for row in json.loads(run("list", "--json").stdout) if row["name"] == "andrews")
    assert row["module"] == "own (replaces the shipped one)"
    assert row["basis"].startswith("made from a description")
    run("parse", "andrews", ANDREWS, "--out", tmp_path / "out")
    assert {record["document_type"] for record in lines(tmp_path / "out" / "records.jsonl")} == {"other"}


def test_problems_of_files_are_reported(tmp_path):
    """A file that was cut short is status 3 with a sentence, although no row of it was rejected."""
    (tmp_path / "LEA_1.txt").write_text("D|1|OGL||||||\n")
    result = run("parse", "lea", tmp_path / "LEA_1.txt", "--out", tmp_path / "out")
    assert result.exit_code == 3
    assert "LEA_1.txt was cut short: it lacks the row 'T'" in result.stderr


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], 'changed    1\n           page: "5" -> "6"\n'),
        (["--json"], '"page": {\n'),
        (["--format", "csv"], "changed,1,page,5,6\n"),
    ],
    ids=["text", "json", "csv"],
)
def test_differences_between_versions(options, expected, tmp_path):
    """`county diff` compares what history/ keeps with the newest results."""
    for page in (5, 6):
        (tmp_path / "LEA_1.txt").write_text(f"D|1|OGL||||{page}||\nT|1|0\n")
        run("parse", "lea", tmp_path / "LEA_1.txt", "--out", tmp_path / "out")
    (old,) = (tmp_path / "out" / "history").iterdir()
    result = run("diff", old, tmp_path / "out", *options)
    assert result.exit_code == 0, result.output
    assert expected in result.stdout
    assert "0 added, 0 withdrawn, 1 document changed, 0 unchanged" in result.stderr
    assert run("diff", old, tmp_path / "out", *options, "-o", tmp_path / "diff").stdout == ""
    assert expected in (tmp_path / "diff").read_text()


def test_a_county_is_drafted_and_tried(own, tmp_path):
    """--from drafts a module from a real file, and `try` shows its documents next to their rows."""
    source = next(path for path in ANDREWS.iterdir() if path.is_file())
    result = run("new", "winkler", "48495", "--from", source)
    assert result.exit_code == 0, result.output
    assert "oseberg county try winkler" in result.stderr
    assert '"grantors": fields.parties("Grantor")' in (own / "winkler.py").read_text()
    tried = run("try", "winkler", source, "--documents", 1)
    assert tried.exit_code == 3, tried.output
    assert "line 2: 18-0004002,ASG OGL" in tried.stdout
    assert "    instrument_number: 18-0004002" in tried.stdout
    assert "    grantor: COX RUTH L" in tried.stdout
    assert "    legal: texas_survey" in tried.stdout
    assert "line 3: rejected, bad_date, column Recorded Date" in tried.stdout
    assert "Types without a standard type: " in tried.stderr
    assert run("new", "loving", "48301", "--from", source, "--here").exit_code == 2


def test_try_tells_what_is_wrong_with_a_file(tmp_path):
    """A file that was cut short is reported, and a whole one is status 0."""
    (tmp_path / "LEA_1.txt").write_text("D|1|OGL||||||\n")
    result = run("try", "lea", tmp_path / "LEA_1.txt")
    assert (result.exit_code, "cut short" in result.stderr) == (3, True)
    assert run("try", "lea", LEA / "35025" / "20180605").exit_code == 0
