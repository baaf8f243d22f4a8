"""The page of settings has every key, with its default."""

import re
import tomllib
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from oseberg.cli.model import ScoringSettings
from oseberg.cli.settings import SECTIONS
from oseberg.cli.settings.sections import CountySettings, DatabaseSettings, RetentionSettings, RunSettings
from oseberg.maze_authority import CheckSettings
from oseberg.mixpanel_export import MixpanelSettings
from oseberg.usage_db import AccountSettings, LoadSettings
from tests.repository.helpers import ROOT
from tests.repository.settings_template import TEMPLATE, template

PAGE = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
FILE = tomllib.loads(re.findall(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)[0])
MODELS: list[tuple[Any, type[BaseModel]]] = [
    (FILE["accounts"], AccountSettings),
    (FILE["county"], CountySettings),
    (FILE["county"]["check"], CheckSettings),
    (FILE["database"], DatabaseSettings),
    (FILE["load"], LoadSettings),
    (FILE["mixpanel"], MixpanelSettings),
    (FILE["retention"], RetentionSettings),
    (FILE["run"], RunSettings),
    (FILE["score"], ScoringSettings),
]


def test_every_section_is_shown() -> None:
    """The page and the command know the same sections."""
    assert FILE.keys() == SECTIONS


@pytest.mark.parametrize(("values", "model"), MODELS, ids=lambda value: getattr(value, "__name__", ""))
def test_every_key_is_shown_with_its_default(values: dict[str, Any], model: type[BaseModel]) -> None:
    """A section of the page is valid, complete, and what the code does without it."""
    check(model.model_validate(values), model)


def check(shown: BaseModel, model: type[BaseModel]) -> None:
    assert shown.model_fields_set == model.model_fields.keys()
    for name, known in model.model_fields.items():
        value, default = getattr(shown, name), known.default
        if isinstance(value, BaseModel):
            check(value, type(value))
        elif isinstance(value, SecretStr) and default is not None:
            assert value.get_secret_value() == default.get_secret_value()
        elif default is not None and not known.default_factory:
            assert value == default


def test_the_file_of_config_init_is_that_of_the_page() -> None:
    """`oseberg config init` writes the block of the page; `python -m tests.repository.settings_template` renews it."""
    assert TEMPLATE.read_text(encoding="utf-8") == template()
