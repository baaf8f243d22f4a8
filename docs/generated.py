"""Sphinx directives that write reference pages from the code, so that they are always those of this version.

`commands` describes every command with its `-h`, `database` every table and view of the schema `usage`, `statistics`
what the shipped model measures, `names` every public name of a library by its first line.
"""

import importlib
import inspect
import json
import logging
import re
from typing import ClassVar

import click
from click.testing import CliRunner
from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from oseberg.cli import main
from oseberg.usage_db import migration_sql

logging.getLogger("alembic").setLevel(logging.WARNING)  # it reports each migration that it prints
WIDTH = 88
COMMENT = re.compile(r"COMMENT ON (TABLE|VIEW|COLUMN) usage\.([\w.\"]+) IS\s+'((?:[^']|'')*)';")
DEFINITION = re.compile(r"CREATE (?:OR REPLACE )?(TABLE|VIEW|MATERIALIZED VIEW) usage\.(\w+)")


def section(title: str, *content: nodes.Node) -> nodes.section:
    """Return a section with an address made of its title."""
    made = nodes.section(ids=[nodes.make_id(title)], names=[nodes.fully_normalize_name(title)])
    made += nodes.title(text=title)
    made.extend(content)
    return made


def text_block(text: str) -> nodes.literal_block:
    """Return text as it is, without colors."""
    block = nodes.literal_block(text, text)
    block["language"] = "text"
    return block


class Commands(Directive):
    """Every command, in the order of the command line, with its help text."""

    has_content: ClassVar[bool] = False

    def run(self) -> list[nodes.Node]:
        """Return a section for each group and command."""
        return [self.describe(main, ())]

    def describe(self, command: click.Command, path: tuple[str, ...]) -> nodes.section:
        """Return a command's section, with a section for each command below it."""
        shown = CliRunner().invoke(
            main, [*path, "-h"], prog_name="oseberg", terminal_width=WIDTH, max_content_width=WIDTH
        )
        made = section(" ".join(["oseberg", *path]), text_block(shown.output.rstrip()))
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                if (below := command.get_command(context, name)) and not below.hidden:
                    made += self.describe(below, (*path, name))
        return made


class Database(SphinxDirective):
    """Every table and view of the schema, with its comment and its definition."""

    has_content: ClassVar[bool] = False

    def run(self) -> list[nodes.Node]:
        """Return a section for each table and view, by name."""
        script = migration_sql()
        comments = {name: text.replace("''", "'") for _, name, text in COMMENT.findall(script)}
        found = {}
        for match in DEFINITION.finditer(script):  # a view that a later migration replaces is shown as it is last
            definition = script[match.start() : script.index(";", match.start())]
            found[match[2]] = (match[1], definition.removesuffix("\n$statement$") + ";")
        made = []
        for name, (kind, definition) in sorted(found.items()):
            block = nodes.literal_block(definition, definition)
            block["language"] = "sql"
            said = [nodes.paragraph(text=f"{comments[name]}.")] if name in comments else []
            made.append(section(f"{name} ({kind.lower()})", *said, block))
        return made


class Statistics(Directive):
    """Every statistic of the shipped model: its name, its meaning and its unit."""

    has_content: ClassVar[bool] = False

    def run(self) -> list[nodes.Node]:
        """Return one table."""
        found = json.loads(CliRunner().invoke(main, ["score", "statistics", "--json"], prog_name="oseberg").stdout)
        group = nodes.tgroup(cols=3)
        group += [nodes.colspec(colwidth=width) for width in (3, 6, 1)]
        head, body = nodes.thead(), nodes.tbody()
        head += self.row([nodes.Text(title) for title in ("statistic", "meaning", "unit")])
        for one in found:
            name = nodes.literal(text=one["statistic"])
            body += self.row([name, nodes.Text(one["meaning"]), nodes.Text(one["unit"] or "")])
        group += [head, body]
        return [nodes.table("", group)]

    def row(self, cells: list[nodes.Node]) -> nodes.row:
        """Return a row of the table."""
        made = nodes.row()
        for cell in cells:
            made += nodes.entry("", nodes.paragraph("", "", cell))
        return made


class Names(SphinxDirective):
    """The public names of a library with the first line of each."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return one list."""
        module = importlib.import_module(self.arguments[0])
        items = nodes.bullet_list()
        for name in sorted(module.__all__, key=str.lower):
            line = (inspect.getdoc(getattr(module, name)) or "").split("\n")[0]
            text = nodes.paragraph()
            text += nodes.literal(text=name)
            for number, part in enumerate(f": {line}".split("`") if line else ()):
                text += nodes.literal(text=part) if number % 2 else nodes.Text(part)
            items += nodes.list_item("", text)
        return [items]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directives."""
    app.add_directive("commands", Commands)
    app.add_directive("database", Database)
    app.add_directive("names", Names)
    app.add_directive("statistics", Statistics)
    return {"parallel_read_safe": True}
