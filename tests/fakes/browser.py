"""A real Chromium, and the demo that it looks at."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from fakes.facts import blocking_fact
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

CHROMIUM, CHROMEDRIVER = "/usr/bin/chromium", "/usr/bin/chromedriver"
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)
WIDE, NARROW = (1440, 900), (375, 812)


class Demo:
    """`clerkd demo` as a child process; `said` is what it printed before it was ready."""

    def __init__(self, process: subprocess.Popen[str], said: str) -> None:
        self.process = process
        self.said = said
        self.url = re.search(r"http://127\.0\.0\.1:\d+/", said)[0]
        self.directory = Path(re.search(r"(/\S+)/daemon\.log", said)[1])

    def end(self, with_signal: signal.Signals = signal.SIGINT) -> int:
        """Send a signal and return the exit status."""
        self.process.send_signal(with_signal)
        self.process.communicate(timeout=20)
        return self.process.returncode


@contextmanager
def running_demo(*arguments: str) -> Iterator[Demo]:
    """Run the demo on a free port."""
    command = [sys.executable, "-m", "clerkd", "demo", "--port", "0", "--no-browser", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            lines: list[str] = []
            while "Ctrl-C" not in (lines or [""])[-1]:
                line = process.stdout.readline()
                assert line, "".join(lines)
                lines.append(line)
            yield Demo(process, "".join(lines))
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.communicate(timeout=20)


class Page:
    """The demo's page in a browser of its own."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    # Looking -------------------------------------------------------------------------------------------

    def find(self, selector: str, text: str = "", within_s: float = 15.0):
        """Return the last visible element that matches and holds the text."""
        return blocking_fact(lambda: self._found(selector, text), within_s)

    def _found(self, selector: str, text: str):
        with suppress(StaleElementReferenceException):  # redrawn while we looked: look again
            found = self.driver.find_elements(By.CSS_SELECTOR, selector)
            mine = [one for one in found if one.is_displayed() and text in one.text]
            return mine[-1] if mine else None
        return None

    def gone(self, selector: str) -> bool:
        """Wait until nothing matches any more."""
        return blocking_fact(lambda: not self._found(selector, ""))

    def texts(self, selector: str) -> list[str]:
        """Return the texts of all elements that match."""
        return self.run("return [...document.querySelectorAll(arguments[0])].map(n => n.textContent)", selector)

    def run(self, script: str, *arguments):
        """Run JavaScript and return what it returns."""
        return self.driver.execute_script(script, *arguments)

    def errors(self) -> list[str]:
        """Return what the browser complained of."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]

    # Doing ---------------------------------------------------------------------------------------------

    def click(self, selector: str, text: str = "") -> None:
        """Click what `find` finds."""

        def clicked() -> bool:
            with suppress(StaleElementReferenceException):
                self.find(selector, text).click()
                return True
            return False

        blocking_fact(clicked)

    def point_at(self, selector: str, text: str = "") -> None:
        """Move the mouse over what `find` finds."""
        ActionChains(self.driver).move_to_element(self.find(selector, text)).perform()

    def write(self, selector: str, text: str) -> None:
        """Type into a field and press Enter. Text outside the BMP is pasted: the driver cannot type it."""
        field = self.find(selector)
        if any(ord(character) > 0xFFFF for character in text):
            field.click()
            self.run("document.execCommand('insertText', false, arguments[0])", text)
        else:
            field.send_keys(text)
        field.send_keys(Keys.ENTER)

    def phone(self, number: str) -> str:
        """Return the selector of a phone."""
        return f".phone[data-number='{number}']"

    def resize(self, size: tuple[int, int], *, scale: float = 1, dark: bool = False) -> None:
        """Make the viewport exactly this large, as a phone's if it is narrow."""
        width, height = size
        metrics = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": width < 500}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": scheme})


@contextmanager
def browsing(url: str, size: tuple[int, int] = WIDE) -> Iterator[Page]:
    """Open a page in a fresh browser."""
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    with tempfile.TemporaryDirectory(prefix="clerkd-browser-", ignore_cleanup_errors=True) as profile:
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        driver = webdriver.Chrome(options=options, service=Service(CHROMEDRIVER))
        try:
            page = Page(driver)
            page.resize(size)
            driver.get(url)
            yield page
        finally:
            driver.quit()
