"""Writes the sample files into the command's package."""

from pathlib import Path

from tests.end_to_end.sample_world._files import sample_files

TARGET = Path(__file__).parents[3] / "cli" / "src" / "oseberg" / "cli" / "demo" / "sample"

if __name__ == "__main__":
    TARGET.mkdir(exist_ok=True)
    for name, content in sample_files().items():
        (TARGET / name).write_bytes(content)
        print(f"{TARGET / name}: {len(content):,} bytes")
