"""Checks the printed CronJobs against the schemas of Kubernetes: `nox -s kubernetes` calls it, since they are large."""

import sys
from pathlib import Path

import kubernetes_validate
import yaml

VERSIONS = ("1.30", "1.37")  # the oldest that clouds still run, and the newest with a schema


def main(printed: str) -> None:
    """Raise an error for a field that a version does not know, or that it lacks."""
    jobs = list(yaml.safe_load_all(printed))
    for job in jobs:
        for version in VERSIONS:
            kubernetes_validate.validate(job, version, strict=True)
    print(f"{len(jobs)} CronJobs are valid for Kubernetes {' and '.join(VERSIONS)}.")


if __name__ == "__main__":
    main(Path(sys.argv[1]).read_text(encoding="utf-8"))
