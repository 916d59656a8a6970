"""Makes the README's pictures from the pages as `make screenshots` has just pictured them.

    .venv/bin/python tools/readme_pictures.py

Each is cut to what a window shows, made smaller and kept in few colours: a picture in the README
weighs less than 60 kB.
"""

import sys
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
TAKEN, KEPT = ROOT / "screenshots", ROOT / "docs" / "pictures"
# What a picture is called in the README: the page it shows, how much of its height, and how wide.
PICTURES = {
    "her-day": ("my-day-1-phone-en", 780, 300),
    "her-calendar": ("my-calendar-1-phone-zh-hans", 780, 300),
    "day-board": ("today-1-desktop-en", 800, 760),
    "report": ("report-1-desktop-en", 900, 760),
    "quality": ("quality-1-desktop-en", 900, 760),
}
COLOURS = 64


def main() -> int:
    """Return 0 when every picture was made, 1 when one was not there to make it from."""
    missing = [page for page, _, _ in PICTURES.values() if not (TAKEN / f"{page}.png").exists()]
    if missing:
        print(f"Not there: {', '.join(missing)}. Run `make screenshots` first.", file=sys.stderr)
        return 1
    KEPT.mkdir(parents=True, exist_ok=True)
    for name, (page, height, width) in PICTURES.items():
        whole = Image.open(TAKEN / f"{page}.png").convert("RGB")
        shown = whole.crop((0, 0, whole.width, min(height, whole.height)))
        small = shown.resize(
            (width, round(shown.height * width / shown.width)), Image.Resampling.LANCZOS
        )
        kept = KEPT / f"{name}.png"
        small.quantize(COLOURS).save(kept, optimize=True)
        print(f"{kept.relative_to(ROOT)}: {kept.stat().st_size / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
