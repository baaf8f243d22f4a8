"""The register: what it remembers, what a check changes in it, and that it is the same however it came about."""

import random
import signal
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from oseberg.maze_authority import Register, Waiver, check, sample_record
from oseberg.maze_authority.errors import RegisterError
from tests.maze_authority.helpers import clean, fail_at_each_statement, months, records, story

Rows = list[dict[str, Any]]
COMMON = {"reason": "voided", "by": "A. Hale", "expires": date(2999, 1, 1)}


@pytest.fixture
def register(tmp_path: Path):
    with Register(tmp_path / "register.sqlite") as one:
        yield one


def keys(frame, *rules: str) -> list[str]:
    return frame.loc[frame["rule"].isin(rules), "key"].tolist() if rules else frame["key"].tolist()


def test_an_open_gap_is_reported_once_and_holds_the_date(register: Register) -> None:
    """New in April, still open in May, closed by the late document; the status follows what is new."""
    april, may, june = months()
    gone = april.pop(50)
    first = check(records(april), register=register)
    assert keys(first.new) == [gone["instrument_number"], *keys(first.new, "MA203")]
    assert first.exit_code == 3
    second = check(records(may), register=register)
    assert keys(second.new) == []
    assert keys(second.still_open, "MA201") == [gone["instrument_number"]]
    assert (second.exit_code, second.certified_through) == (0, first.certified_through)
    assert second.held_back_by == {"48003": f"{gone['instrument_number']} missing"}
    assert check(records(june), register=register, all_open=True).exit_code == 3
    late = check(records([gone]), register=register)
    assert keys(late.closed, "MA201") == [gone["instrument_number"]]
    assert (late.exit_code, keys(late.still_open), keys(late.new)) == (0, [], [])
    assert late.certified_through["48003"].isoformat() == june[-1]["recorded_on"]


def test_the_same_delivery_again_changes_nothing(register: Register) -> None:
    """Neither the register nor the verdict on it."""
    april, may, _ = months()
    del april[50]
    for rows in (april, may):
        check(records(rows), register=register)
    before = register.dump()
    again = check(records(april), register=register)
    assert register.dump() == before
    assert (keys(again.new), again.exit_code) == ([], 0)
    assert keys(again.still_open, "MA201") == ["18-0000051"]


def test_a_corrected_delivery_replaces_its_version_and_keeps_the_old(register: Register) -> None:
    """By the name of its folder: what it lacks is withdrawn, what it mends is closed."""
    april, may, _ = months()
    april[20]["grantors"] = []
    check(records(april), register=register, delivery_name="20180201")
    check(records(may), register=register, delivery_name="20180301")
    mended = [dict(row) for row in april if row is not april[70]]
    mended[20] = {**mended[20], "grantors": [{"name": "HALE RUTH"}]}
    result = check(records(mended), register=register, delivery_name="20180201")
    assert keys(result.closed, "MA501") == ["18-0000021"]
    assert keys(result.new) == ["18-0000071"]
    assert set(result.new["rule"]) == {"MA701"}
    known = register.deliveries("48003")
    assert known["name"].tolist() == ["20180201", "20180201", "20180301"]
    assert known["latest"].tolist() == [False, True, True]
    assert result.certified_through["48003"].isoformat() < april[70]["recorded_on"]
    back = check(records([april[70]]), register=register)
    assert keys(back.closed) == ["18-0000071"]
    assert back.certified_through["48003"].isoformat() == may[-1]["recorded_on"]


def test_a_part_of_a_gap_leaves_its_rest_open(register: Register) -> None:
    """The rest is not new: it is open since the day of the whole gap."""
    april, may, june = months()
    gone = april[40:50]
    check(records(april[:40] + april[50:]), register=register)
    check(records(may), register=register)
    part = check(records(gone[3:6]), register=register)
    assert keys(part.new) == []
    assert keys(part.still_open, "MA201") == ["18-0000041..18-0000043", "18-0000047..18-0000050"]
    assert set(part.still_open["since"]) == {april[-1]["recorded_on"]}
    assert part.exit_code == 0
    rest = check(records(gone), register=register)
    assert keys(rest.closed, "MA201") == ["18-0000041..18-0000043", "18-0000047..18-0000050"]
    assert keys(rest.still_open) == keys(rest.new) == []
    assert june


def test_overlapping_deliveries_give_no_alarm(register: Register) -> None:
    """A delivery that repeats the days before it opens nothing."""
    april, may, june = months()
    for rows in (april, [*april[60:], *may], [*may, *june], june):
        result = check(records(rows), register=register)
        assert keys(result.new) == []
    assert result.certified_through["48003"].isoformat() == june[-1]["recorded_on"]


def test_a_page_gap_closes_with_its_document(register: Register) -> None:
    """In the same volume as the next delivery, the late document leaves no new gap."""
    rows = clean(60)
    for place, row in enumerate(rows):
        row.update(volume="1000", page=str(1 + 3 * place), page_count=3, images=[])
    late = rows.pop(20)
    first = check(records(rows[:40]), register=register)
    assert keys(first.new, "MA203") == ["OPR/1000/61..OPR/1000/63"]
    second = check(records([late, *rows[40:]]), register=register)
    assert keys(second.closed, "MA203") == ["OPR/1000/61..OPR/1000/63"]
    assert keys(second.new) == []


def test_what_is_overdue_counts_again(register: Register) -> None:
    """An error that is open for longer than the records may stay behind."""
    april, may, _ = months()
    del april[50]
    check(records(april), register=register)
    day = date.fromisoformat(april[-1]["recorded_on"])
    for days, status in ((30, 0), (31, 3)):
        result = check(
            records(may), register=register, as_of=day + timedelta(days=days), settings={"MA306": {"severity": "info"}}
        )
        assert result.exit_code == status


def test_waivers_close_no_gap_but_hold_nothing_back(register: Register) -> None:
    """A voided number is known: it is listed as waived, and the date goes on."""
    april, may, _ = months()
    del april[50]
    waiver = Waiver(rule="MA201", key="18-0000051", **COMMON)
    page = Waiver(rule="MA203", key=keys(check(records(april)).findings, "MA203")[0], **COMMON)
    result = check(records(april), register=register, waivers=[waiver, page])
    assert result.exit_code == 0
    assert set(result.new["waived_by"]) == {"A. Hale"}
    assert result.certified_through["48003"].isoformat() == april[-1]["recorded_on"]
    assert check(records(may), register=register).certified_through["48003"].isoformat() < april[50]["recorded_on"]


def test_images_that_come_later_close_their_findings(register: Register) -> None:
    """The same records with their images: the register learns, and a rule that did not run forgets nothing."""
    rows = clean(40)
    missing = check(records(rows), images=[], register=register)
    assert len(keys(missing.new, "MA401")) == 40
    again = check(records(rows), register=register)
    assert len(keys(again.still_open, "MA401")) == 40
    paths = [image["path"] for row in rows for image in row["images"]]
    found = check(records(rows), images=paths, register=register)
    assert len(keys(found.closed, "MA401")) == 40
    assert keys(found.still_open) == []


def test_a_restart_is_recognized_from_the_register(register: Register) -> None:
    """Three documents into January: neither a gap nor an outlier."""
    rows = clean(300)
    for place, row in enumerate(rows):
        row.update(instrument_number=f"{70_001 + place:07d}", references=[])
    check(records(rows), register=register)
    for place, row in enumerate(rows[:3]):
        row.update(
            instrument_number=f"{1 + place:07d}",
            recorded_on="2019-01-02",
            volume="1200",
            page=str(1 + 9 * place),
            page_count=9,
        )
    result = check(records(rows[:3]), register=register)
    assert keys(result.new, "MA201", "MA202", "MA203") == []
    assert keys(result.new, "MA703") == ["2018-01-25..2018-12-31"]


def test_a_mistyped_number_that_the_next_delivery_shows(register: Register) -> None:
    """Alone, the last number of a delivery looks like a wide gap; the next one shows what it is."""
    april, may, _ = months()
    april[-1]["instrument_number"] = "18-0090100"
    first = check(records(april), register=register)
    assert keys(first.new, "MA201") == ["18-0000100..18-0090099"]
    second = check(records(may), register=register)
    assert keys(second.new) == ["18-0090100"]
    assert "is probably 18-0000100" in second.new["message"].item()
    assert keys(second.closed, "MA201") == ["18-0000100..18-0090099"]
    april[-1]["instrument_number"] = "18-0000100"
    third = check(records(april[-1:]), register=register)
    assert keys(third.closed, "MA202") == ["18-0090100"]


def test_reports_need_no_open_register(tmp_path: Path) -> None:
    """A register that is given by its path is closed after the check; the good part is judged without it."""
    april, may = months(2, 40)
    check(records(april), register=tmp_path / "register.sqlite")
    may[10]["grantors"] = []
    result = check(records(may), register=tmp_path / "register.sqlite", rules=["MA201", "MA501"])
    assert result.coverage["present"].tolist() == [80]
    assert "MA501" in result.to_text() + result.to_html()
    assert keys(result.good_findings, "MA201") == [may[10]["instrument_number"]]


def test_counties_are_kept_apart(register: Register) -> None:
    """One file for all counties; what is expected of one is not asked of another."""
    april, _, _ = months()
    other = [{**row, "county_fips": "48227", "legals": []} for row in april]
    check(records(april), register=register)
    del other[50]
    result = check(records(other), register=register)
    assert list(result.certified_through) == ["48227"]
    assert register.counties == ["48003", "48227"]
    assert register.certified_through("48003")[0].isoformat() == april[-1]["recorded_on"]
    foreign = check(records([*april, *other]), register=register, county="48003")
    assert list(foreign.certified_through) == ["48003"]


def test_findings_are_noted_assigned_and_asked_for(register: Register) -> None:
    """What people do about a finding stays with it, across deliveries."""
    april, may, _ = months()
    del april[50]
    mark = check(records(april), register=register).new["fingerprint"].iloc[0]
    register.annotate("48003", mark, note="clerk was called")
    register.annotate("48003", mark, assignee="R. Cox")
    assert register.mark_asked("48003", [mark], date(2018, 2, 1)) == 1
    assert register.mark_asked("48003", [mark], date(2018, 2, 1)) == 0
    check(records(may), register=register)
    row = register.findings("48003").set_index("fingerprint").loc[mark]
    assert (row["note"], row["assignee"], row["asked"]) == ("clerk was called", "R. Cox", ("2018-02-01",))
    with pytest.raises(RegisterError, match="has no open finding"):
        register.annotate("48003", "0" * 16, note="x")


def test_a_file_that_is_not_a_register_is_left_alone(tmp_path: Path) -> None:
    """A clear sentence, and nothing is written."""
    text = tmp_path / "records.jsonl"
    text.write_text("{}\n")
    with pytest.raises(RegisterError, match=r"records\.jsonl"):
        Register(text)
    assert text.read_text() == "{}\n"
    with pytest.raises(RegisterError, match="does not exist"):
        Register(tmp_path / "none.sqlite", create=False)
    with pytest.raises(RegisterError, match="can't be opened"):
        Register(tmp_path / "no" / "register.sqlite")
    Register(tmp_path / "new.sqlite").close()
    assert (tmp_path / "new.sqlite").stat().st_mode & 0o777 == 0o600


def test_two_checks_wait_for_each_other(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second one waits, and says so if it has to wait too long."""
    monkeypatch.setattr("oseberg.maze_authority._register.store.PATIENCE", 0.1)
    with register.transaction(), Register(register.path.with_name("other.sqlite")) as other:
        other.close()
        with pytest.raises(RegisterError, match="try again later") as caught:
            check([sample_record()], register=register.path)
    assert caught.value.try_again


@pytest.fixture(scope="module")
def in_order(tmp_path_factory):
    """The deliveries of a story, and the register after they came one after the other."""
    folder = tmp_path_factory.mktemp("story")
    paths = story(folder)
    with Register(folder / "register.sqlite") as register:
        for path in paths:
            check(path, register=register)
        return paths, register.dump()


@settings(
    max_examples=2, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(order=st.permutations(range(7)))
def test_a_register_built_in_any_order_is_the_same(order: list[int], in_order, tmp_path_factory) -> None:
    """Deliveries are ordered by their days, not by when they are checked."""
    paths, whole = in_order
    with Register(tmp_path_factory.mktemp("any") / "register.sqlite") as register:
        for place in order:
            check(paths[place], register=register)
        assert register.dump() == whole


CHECK = "import sys; from oseberg.maze_authority import check; check(sys.argv[1], register=sys.argv[2])"


def test_a_killed_check_leaves_the_register_before_or_after(tmp_path: Path) -> None:
    """Kill -9 at any moment of a check: never between."""
    paths = story(tmp_path)
    place = tmp_path / "register.sqlite"
    with Register(place) as register:
        check(paths[0], register=register)
        before = register.dump()
    content = place.read_bytes()
    started = time.monotonic()
    subprocess.run([sys.executable, "-c", CHECK, paths[1], place], check=True)
    whole = time.monotonic() - started
    with Register(place) as register:
        after = register.dump()
    seen = set()
    for share in (0.85, 0.97):
        place.write_bytes(content)
        process = subprocess.Popen([sys.executable, "-c", CHECK, paths[1], place])
        time.sleep(whole * share * random.uniform(0.95, 1.0))
        process.send_signal(signal.SIGKILL)
        process.wait()
        with Register(place) as register:
            seen.add(register.dump())
    assert seen <= {before, after}


def test_every_statement_of_a_check_may_be_its_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failure within the transaction, wherever it happens, leaves the register as it was."""
    paths = story(tmp_path)
    place = tmp_path / "register.sqlite"
    with Register(place) as register:
        check(paths[0], register=register)
        fail_at_each_statement(register, paths[1], monkeypatch, every=17)
