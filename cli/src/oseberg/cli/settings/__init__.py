"""The settings file `oseberg.toml`: reading it, its sections, and what is said about a fault in it."""

from oseberg.cli.settings.files import NAME, SECTIONS, Settings, read, settings_folders

__all__ = ["NAME", "SECTIONS", "Settings", "read", "settings_folders"]
