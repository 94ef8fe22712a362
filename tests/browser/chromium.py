"""Debian's headless Chromium, driven over its DevTools protocol: open a page, wait for words, take a picture."""

import base64
import itertools
import json
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

SWITCHES = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--remote-debugging-port=0",
    # The UI of Prefect looks a telemetry host up, whatever it is told; nothing but this machine is asked here.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


class Page:
    """One tab."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._numbers = itertools.count(1)

    def open(self, url: str) -> None:
        """Go to `url`, without waiting for it."""
        self._call("Page.navigate", url=url)

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page."""
        answer = self._call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        return answer["result"].get("value")

    def text(self) -> str:
        """The words that a person sees."""
        return str(self.evaluate("document.body ? document.body.innerText : ''") or "")

    def wait_for(self, *words: str, seconds: float = 60.0) -> str:
        """The text of the page, once all of `words` are in it. Raises AssertionError when they do not appear."""
        deadline = time.monotonic() + seconds
        while True:
            text = self.text()
            missing = [word for word in words if word.lower() not in text.lower()]
            if not missing:
                return text
            if time.monotonic() > deadline:
                raise AssertionError(f"{missing} did not appear on the page, which says:\n{text}")
            time.sleep(0.25)

    def click(self, words: str) -> None:
        """Click the innermost visible element whose text is exactly `words`."""
        found = self.evaluate(
            "(() => { const all = [...document.querySelectorAll('body *')].filter("
            f"one => one.innerText && one.innerText.trim() === {json.dumps(words)});"
            " if (!all.length) return false; all[all.length - 1].click(); return true; })()"
        )
        assert found, f"there is no {words!r} to click on this page:\n{self.text()}"

    def picture(self, file: Path, settle: float = 1.0) -> None:
        """Write what is in the window to a PNG, after `settle` seconds for animations to end."""
        time.sleep(settle)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(base64.b64decode(self._call("Page.captureScreenshot", format="png")["data"]))

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = next(self._numbers)
        self._connection.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self._connection.recv(timeout=60))
            if answer.get("id") == number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                result: dict[str, Any] = answer["result"]
                return result


@contextmanager
def chromium(width: int = 1400, height: int = 900) -> Iterator[Page]:
    """A browser with one tab of this size in pixels; both end with the block."""
    assert PROGRAM is not None, "this needs Chromium. On Debian: apt-get install chromium"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [PROGRAM, *SWITCHES, f"--user-data-dir={profile}", f"--window-size={width},{height}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            with connect(_tab(Path(profile)), max_size=None, open_timeout=30) as connection:
                yield Page(connection)
        finally:
            process.terminate()
            process.wait(timeout=20)


def _tab(profile: Path) -> str:
    """The address of the first tab's protocol, as soon as the browser has written its port down."""
    deadline = time.monotonic() + 60
    while True:
        try:
            port = int((profile / "DevToolsActivePort").read_text().splitlines()[0])
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/json", timeout=10) as answer:
                return next(str(tab["webSocketDebuggerUrl"]) for tab in json.load(answer) if tab["type"] == "page")
        except (OSError, ValueError, IndexError, StopIteration):
            assert time.monotonic() < deadline, "Chromium did not start"
            time.sleep(0.1)
