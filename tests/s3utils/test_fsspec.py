"""fsspec: other libraries read and write through an S3."""

from __future__ import annotations

import importlib.util
import pickle

import duckdb
import fsspec
import pandas as pd
import pytest

from oseberg.s3utils import S3, AlreadyExists, ChangedDuringRead
from oseberg.s3utils.fsspec import OsebergFileSystem


@pytest.fixture
def system(endpoint) -> OsebergFileSystem:
    return fsspec.filesystem("oseberg-s3", endpoint_url=endpoint)


def test_pandas_reads_and_writes(endpoint, root, bucket):
    """Csv and parquet, by the address alone."""
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    options = {"endpoint_url": endpoint}
    for suffix, write, read in (
        ("csv", lambda path: frame.to_csv(path, index=False, storage_options=options), pd.read_csv),
        ("parquet", lambda path: frame.to_parquet(path, storage_options=options), pd.read_parquet),
    ):
        path = f"oseberg-s3://{bucket}/in/f.{suffix}"
        write(path)
        pd.testing.assert_frame_equal(read(path, storage_options=options), frame)
    assert [item.key for item in S3(endpoint_url=endpoint).list(root)] == ["in/f.csv", "in/f.parquet"]


def test_the_usual_verbs_work(system, s3, root, bucket, tmp_path):
    """Listing, globbing, ranges, copies, moves, folders up and down."""
    for key in ("in/a.txt", "in/deep/b.txt", "inner.txt"):
        s3.write_text(f"{root}/{key}", key)
    s3.write_bytes(f"{root}/in/", b"")
    assert system.ls(f"{bucket}/in", detail=False) == [f"{bucket}/in/deep", f"{bucket}/in/a.txt"]
    assert system.ls(f"{bucket}/in/a.txt")[0]["size"] == 8
    assert sorted(system.find(f"oseberg-s3://{bucket}/in")) == [f"{bucket}/in/a.txt", f"{bucket}/in/deep/b.txt"]
    assert system.glob(f"{bucket}/in/**/*.txt") == [f"{bucket}/in/a.txt", f"{bucket}/in/deep/b.txt"]
    assert (system.isdir(f"{bucket}/in"), system.isfile(f"{bucket}/in/a.txt")) == (True, True)
    assert (system.exists(f"{bucket}/none"), system.isdir(bucket)) == (False, True)
    assert system.cat(f"{bucket}/in/a.txt") == b"in/a.txt"
    assert system.cat_file(f"{bucket}/in/a.txt", 3, -4) == b"a"
    assert (system.head(f"{bucket}/in/a.txt", 2), system.tail(f"{bucket}/in/a.txt", 4)) == (b"in", b".txt")
    system.pipe(f"{bucket}/new", b"1")
    with pytest.raises(AlreadyExists):
        system.pipe_file(f"{bucket}/new", b"2", mode="create")
    system.copy(f"{bucket}/in", f"{bucket}/copied", recursive=True)
    system.mv(f"{bucket}/new", f"{bucket}/moved")
    system.get(f"{bucket}/in", str(tmp_path / "in"), recursive=True)
    assert (tmp_path / "in/deep/b.txt").read_text() == "in/deep/b.txt"
    system.put(str(tmp_path / "in"), f"{bucket}/up", recursive=True)
    assert system.size(f"{bucket}/up/deep/b.txt") == 13
    system.rm(f"{bucket}/copied", recursive=True)
    system.makedirs(f"{bucket}/folder")
    system.rmdir(f"{bucket}/folder")
    assert system.modified(f"{bucket}/moved") == system.created(f"{bucket}/moved")
    assert "X-Amz-Signature" in system.sign(f"{bucket}/moved")
    assert sorted(item.key for item in s3.list(root)) == [
        "in/", "in/a.txt", "in/deep/b.txt", "inner.txt", "moved", "up/a.txt", "up/deep/b.txt",
    ]  # fmt: skip


def test_files_are_whole_and_of_one_state(system, s3, root, bucket):
    """A failed block writes nothing; an object that is replaced meanwhile is an error; text goes through."""
    with pytest.raises(ZeroDivisionError), system.open(f"{bucket}/k", "wb") as file:
        file.write(bytes(1 // 0))
    assert not s3.exists(f"{root}/k")
    with system.open(f"{bucket}/k", "w") as file:
        file.write("text")
    assert system.open(f"{bucket}/k", "r").read() == "text"
    s3.write_bytes(f"{root}/k", b"x" * 3_000_000)
    with system.open(f"{bucket}/k") as file:
        file.read(1)
        s3.write_bytes(f"{root}/k", b"y" * 3_000_000)
        file.seek(2_500_000)
        with pytest.raises(ChangedDuringRead):
            file.read(1)
    with pytest.raises(FileNotFoundError):
        system.info(f"{bucket}/none")
    with pytest.raises(FileNotFoundError):
        system.ls(f"{bucket}/none")
    assert system.ls(bucket, detail=False) == [f"{bucket}/k"]


def test_a_file_system_goes_to_other_processes(system, s3, root, bucket):
    """As Dask sends it."""
    s3.write_text(f"{root}/k", "1")
    assert pickle.loads(pickle.dumps(system)).cat(f"{bucket}/k") == b"1"
    assert OsebergFileSystem(s3).cat(f"{bucket}/k") == b"1"


def test_duckdb_reads_and_writes(system, s3, root, bucket):
    """Several files at once, verified as any other read; what it writes is there whole."""
    frame = pd.DataFrame({"id": ["0001", "0002"], "n": [1, 2]})
    for name in ("a", "b"):
        s3.write_frame(frame, f"{root}/in/{name}.parquet")
    with duckdb.connect() as database:
        database.register_filesystem(system)
        files = f"oseberg-s3://{bucket}/in/*.parquet"
        assert database.sql(f"SELECT min(id), count(*) FROM read_parquet('{files}')").fetchall() == [("0001", 4)]
        database.sql(f"COPY (SELECT 1 AS n) TO 'oseberg-s3://{bucket}/out/n.parquet' (FORMAT parquet)")
    assert s3.read_frame(f"{root}/out/n.parquet")["n"].tolist() == [1]


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # Dask uses it, and pandas will drop it
@pytest.mark.skipif(not importlib.util.find_spec("dask"), reason="Dask belongs to the command, oseberg[dask]")
def test_dask_reads_a_folder(endpoint, s3, root, bucket):
    """Tables of both formats, by the address alone."""
    frame = pd.DataFrame({"id": ["0001", "0002"], "n": [1, 2]})
    for name in ("a.parquet", "b.parquet", "a.csv", "b.csv"):
        s3.write_frame(frame, f"{root}/in/{name}")
    import dask.dataframe as dd  # noqa: PLC0415 - see above

    options = {"endpoint_url": endpoint}
    read = dd.read_parquet(f"oseberg-s3://{bucket}/in/*.parquet", storage_options=options).compute()
    assert read["id"].tolist() == ["0001", "0002"] * 2
    read = dd.read_csv(f"oseberg-s3://{bucket}/in/*.csv", dtype=str, storage_options=options).compute()
    assert read["id"].tolist() == ["0001", "0002"] * 2
