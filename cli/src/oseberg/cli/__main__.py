"""`python -m oseberg.cli` is `oseberg`."""

from oseberg.cli import main

main(prog_name="oseberg")
