"""Headless Chromium for tests of pages."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.parts import missing

NAMES = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
    "--virtual-time-budget=5000",
]


def browser() -> str:
    """Give the path of an installed Chromium."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        missing("Chromium is not installed: `apt-get install chromium`")
    return path


def run(*arguments: str) -> str:
    with tempfile.TemporaryDirectory() as profile:
        command = [browser(), *OPTIONS, f"--user-data-dir={profile}", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    return done.stdout


def dom(page: Path, fragment: str = "", *, width: int = 1280) -> str:
    """Give a page's markup after its scripts have run; the fragment is the address's part from # on."""
    return run(f"--window-size={width},900", "--dump-dom", page.resolve().as_uri() + fragment)


def screenshot(page: Path, picture: Path, *, width: int = 1280, height: int = 1000, dark: bool = False) -> bytes:
    """Take a picture of a page as a PNG, at a width, in the light or the dark theme."""
    theme = ["--blink-settings=preferredColorScheme=0"] if dark else ["--blink-settings=preferredColorScheme=1"]
    run(*theme, f"--window-size={width},{height}", f"--screenshot={picture}", page.resolve().as_uri())
    return picture.read_bytes()
