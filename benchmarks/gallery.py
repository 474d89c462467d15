"""The committed samples and the picture of the README: ``python -m benchmarks.gallery [NAME ...]``.

Each sample is a comparison or an experiment run through the command line like a user's, of which the page, the tables
and the manifest are kept.
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
KEPT = ("index.html", "summary.csv", "differences.csv", "manifest.json")  # of comparisons; of experiments all tables
# Eight plans for each of the two surges that plans are compared on in the documentation.
FLOOR = "none,overtime,extra_shift,overflow_3pl,longer_promise,on_alert,warehouse_asked,all_hands"
CARRIERS = "none,overtime,backup_carrier,carrier_capacity,overflow_3pl,longer_promise,throttle,all_hands"
SAMPLES = {
    "double11": ["compare", "scenario=double11", f"plans=[{FLOOR}]"],
    "black_friday": ["compare", "scenario=black_friday", f"plans=[{CARRIERS}]"],
    "double11_storm": ["compare", "scenario=double11_storm"],
    "mid_autumn": ["compare", "scenario=mid_autumn"],
    "mid_autumn_stock": ["compare", "scenario=mid_autumn_stock", "plans=[none,warehouse_asked]"],
    "sweep": [
        "sweep",
        "sweep={demand.campaign.uplift:[2,3,4,5],site.picking.headcount_factor:[1,1.25,1.5]}",
        "plans=[none,overtime,warehouse_asked]",
        "replications=12",
    ],
    "select": ["select"],
    "optimise": [
        "optimise",
        "levels={plan.warehouse_asked.measures.temps.headcount_share:{low:0.1,high:0.8,step:0.1},"
        "plan.warehouse_asked.measures.floor.hours:{low:0.5,high:4.0,step:0.5}}",
        "plans=[none,warehouse_asked]",
        "trials=32",
        "most=20",
    ],
    "explain": ["explain", "only=[demand.campaign]", "replications=10"],
    # every shipped scenario with a campaign: a fifth of the size for the smaller shops, a tenth for the others
    "ceiling_mid_autumn": ["ceiling", "scenario=mid_autumn", "plans=[none,overtime,warehouse_asked]", "scale=0.2"],
    "ceiling_double11": ["ceiling", "scenario=double11", "scale=0.2", "worth=true", "only=[picking,packing]"],
    "ceiling_double11_storm": ["ceiling", "scenario=double11_storm", "scale=0.2", "at_most=60"],
    "ceiling_flash_sale": ["ceiling", "scenario=flash_sale", "scale=0.2", "plans=[none,overtime,warehouse_asked]"],
    "ceiling_black_friday": ["ceiling", "scenario=black_friday", "plans=[none,overtime]", "at_most=60"],
    "ceiling_shapes": [
        "ceiling",
        "scenario=double11",
        "scale=0.2",
        "plans=[none,overtime]",
        "shapes=[as_planned,longer,members_first,pre_orders]",
        "by=orders",
        "binding=false",
    ],
    "robust": ["robust", "plans=[none,overtime,warehouse_asked]", "replications=10"],
}


def make(name: str, words: list[str]) -> None:
    """Run one command and keep the small files of its report."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report"
        command = [sys.executable, "-m", "sim", *words, f"out={report.name}"]
        subprocess.run(command, cwd=folder, check=True)  # noqa: S603 - our own command line
        target = GALLERY / name
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        kept = (
            KEPT
            if words[0] == "compare"
            else ["index.html", "manifest.json", *(path.name for path in report.glob("*.csv"))]
        )
        for file in kept:
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
    """Make all samples, or those named, and the picture."""
    for name in sys.argv[1:] or SAMPLES:
        make(name, SAMPLES[name])
    if not photograph(GALLERY / "double11" / "index.html", PICTURE):
        print(f"no Chromium found: {PICTURE.relative_to(ROOT)} was left as it is")


if __name__ == "__main__":
    main()
