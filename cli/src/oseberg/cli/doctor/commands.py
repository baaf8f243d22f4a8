"""The command `oseberg doctor`, as a person sees it."""

from __future__ import annotations

import click

from oseberg.cli.lazy import does


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with every setting and where it comes from.")
@does("doctor.run:run")
def doctor() -> None:
    """Check settings, Mixpanel, database, S3, lake, model, register, disk, versions, and say how to fix what is wrong.

    Changes nothing (an empty object, removed again, shows whether archives in S3 can be written), and costs one request
    to Mixpanel. What isn't configured is skipped. Secrets are never shown.

    Exit status: 0 everything is fine; 3 there are warnings; 1 there are faults.

    \b
    Example:
      oseberg doctor
      oseberg doctor --json
    """
