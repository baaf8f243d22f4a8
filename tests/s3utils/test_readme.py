"""The README's examples run, those that need a store included."""

from __future__ import annotations

import re
from pathlib import Path

README = Path(__file__).parents[2] / "packages" / "s3utils" / "README.md"


def test_all_examples_of_the_readme_run(client, endpoint, monkeypatch, tmp_path, capsys):
    """In their order, in an empty folder, on a store with a bucket of that name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint)
    client.create_bucket(Bucket="bucket")
    client.put_object(Bucket="bucket", Key="48003/20180605/ANDREWS.csv", Body=b"x")
    names: dict[str, object] = {}
    blocks = re.findall(r"^```python\n(.*?)^```$", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    for block in blocks:
        exec(block, names)
    assert len(blocks) == 6
    assert "processing s3://bucket/48003/20180605/ANDREWS.csv" in capsys.readouterr().out
    assert (tmp_path / "delivery" / "ANDREWS.csv").read_text() == "x"
