"""The settings file `oseberg.toml`: how it is read, its sections, and the messages for faults in it."""

from oseberg.cli.settings.files import NAME, SECTIONS, Settings, read, settings_folders

__all__ = ["NAME", "SECTIONS", "Settings", "read", "settings_folders"]
