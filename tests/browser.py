"""Headless Chromium for tests of pages."""

import json
import os
import shutil
import subprocess
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

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


def evaluate(page: Path, expression: str) -> Any:
    """Open a page in real time and return what an expression, or the promise that it gives, becomes in it."""
    with tempfile.TemporaryDirectory() as profile, ExitStack() as files:
        (child_reads, we_write), (we_read, child_writes) = os.pipe(), os.pipe()
        # Chromium takes commands from descriptor 3 and answers on 4.
        script = f'exec "$@" 3<&{child_reads} 4>&{child_writes}'
        options = [option for option in OPTIONS if "virtual-time" not in option]
        command = ["sh", "-c", script, "sh", browser(), *options, "--remote-debugging-pipe"]
        command += [f"--user-data-dir={profile}", "--window-size=1280,900"]
        done = subprocess.Popen(command, stderr=subprocess.DEVNULL, pass_fds=(child_reads, child_writes))
        files.callback(done.wait)
        files.callback(done.terminate)
        os.close(child_reads)
        os.close(child_writes)
        send, receive = (os.fdopen(end, mode) for end, mode in ((we_write, "wb"), (we_read, "rb")))
        ask = Conversation(files.enter_context(send), files.enter_context(receive))
        target = ask("Target.createTarget", url=page.resolve().as_uri())["targetId"]
        session = ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        given = {"awaitPromise": True, "returnByValue": True}
        address = "document.readyState === 'complete' && location.protocol === 'file:'"
        while not ask("Runtime.evaluate", session, expression=address, **given)["result"].get("value"):
            time.sleep(0.01)
        result = ask("Runtime.evaluate", session, expression=expression, **given)
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")


class Conversation:
    """Commands to Chromium and its answers, each a JSON text that ends with a zero byte."""

    def __init__(self, send: BinaryIO, receive: BinaryIO) -> None:
        self.send, self.receive, self.number = send, receive, 0

    def __call__(self, method: str, session: str | None = None, **parameters: object) -> dict[str, Any]:
        """Send a command, and return the result that belongs to it."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        message |= {"sessionId": session} if session else {}
        self.send.write(json.dumps(message).encode() + b"\0")
        self.send.flush()
        while True:
            answer = json.loads(b"".join(iter(lambda: self.receive.read(1), b"\0")))
            if answer.get("id") == self.number:
                return answer["result"]
