"""Make the committed samples under reports/gallery and the picture of the README: ``python -m benchmarks.gallery``.

Each sample is a comparison run through the command line like a user's, of which the page and the small tables are kept.
The picture is the head of the first page, taken with a headless Chromium where one is installed.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GALLERY = ROOT / "reports" / "gallery"
PICTURE = ROOT / "docs" / "images" / "report.png"
KEPT = ("index.html", "summary.csv", "differences.csv", "manifest.json")
# Eight plans for each of the two surges that plans are compared on in the documentation.
FLOOR = "none,overtime,extra_shift,overflow_3pl,longer_promise,on_alert,warehouse_asked,all_hands"
CARRIERS = "none,overtime,backup_carrier,carrier_capacity,overflow_3pl,longer_promise,throttle,all_hands"
SAMPLES = {
    "double11": ["scenario=double11", f"plans=[{FLOOR}]"],
    "black_friday": ["scenario=black_friday", f"plans=[{CARRIERS}]"],
    "double11_storm": ["scenario=double11_storm"],
    "mid_autumn": ["scenario=mid_autumn"],
}


def make(name: str, overrides: list[str]) -> None:
    """Run one comparison and keep the small files of its report."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report"
        command = [sys.executable, "-m", "sim", "compare", *overrides, f"out={report.name}"]
        subprocess.run(command, cwd=folder, check=True)  # noqa: S603 - our own command line
        target = GALLERY / name
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        for file in KEPT:
            shutil.copyfile(report / file, target / file)


def photograph(page: Path, picture: Path) -> bool:
    """Take the head of a page as a PNG; False where there is no Chromium."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        return False
    picture.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as profile:
        options = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            "--disable-background-networking",
            f"--user-data-dir={profile}",
            "--window-size=1240,1420",
            f"--screenshot={picture}",
        ]
        command = [browser, *options, page.as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=120)  # noqa: S603 - a fixed command
    return True


def main() -> None:
    """Make all samples and the picture."""
    for name, overrides in SAMPLES.items():
        make(name, overrides)
    if not photograph(GALLERY / "double11" / "index.html", PICTURE):
        print(f"no Chromium found: {PICTURE.relative_to(ROOT)} was left as it is")


if __name__ == "__main__":
    main()
