"""Photos of the demo: plain scenes drawn with a few shapes, so that nothing and nobody real is on them."""

from __future__ import annotations

import io
from collections.abc import Callable
from random import Random

from PIL import Image, ImageDraw, ImageFilter

from resilience.lib.photos import CleanPhoto

SIZE = (960, 720)
Draw = ImageDraw.ImageDraw
_WALLS = ("#e9dfcc", "#dfe6e4", "#efe6da", "#e3e0e8")


def picture_for(category: str, rng: Random) -> CleanPhoto | None:
    """A scene that fits the category; None where nobody would take a photo."""
    scene = _SCENES.get(category) or _SCENES.get(category.partition("-")[0])
    if scene is None:
        return None
    image = Image.new("RGB", SIZE, rng.choice(_WALLS))
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 520, *SIZE), fill="#a8937a")  # the floor
    for x in range(0, SIZE[0], 120):
        pen.line((x, 520, x + 60, SIZE[1]), fill="#98836b", width=3)
    scene(pen, rng)
    soft = image.filter(ImageFilter.GaussianBlur(1.2))
    out = io.BytesIO()
    soft.save(out, "WEBP", quality=70, method=2)
    return CleanPhoto(out.getvalue(), *SIZE)


def _pipe(pen: Draw, rng: Random) -> None:
    x = rng.randrange(380, 560)
    pen.rectangle((x, 0, x + 70, 330), fill="#b9c2c4", outline="#7c878a", width=4)
    pen.rectangle((x - 30, 300, x + 100, 360), fill="#8d989b", outline="#626c6f", width=4)
    for n in range(rng.randrange(3, 6)):
        y = 375 + n * 38
        pen.ellipse((x + 25, y, x + 43, y + 28), fill="#6fa8c8")
    pen.ellipse((x - 170, 560, x + 240, 650), fill="#8fb7cc")
    pen.ellipse((x - 60, 580, x + 120, 625), fill="#a9cadb")


def _radiator(pen: Draw, rng: Random) -> None:
    for n in range(9):
        pen.rounded_rectangle((160 + n * 62, 230, 210 + n * 62, 500), 18, fill="#f4f2ec", outline="#b9b3a6", width=4)
    pen.rounded_rectangle((760, 90, 900, 200), 14, fill="#2d3a3c")
    pen.text((785, 115), f"{rng.randrange(13, 17)}.{rng.randrange(10)}", fill="#d9f2e4", font_size=52)


def _socket(pen: Draw, rng: Random) -> None:
    pen.rounded_rectangle((340, 180, 620, 440), 24, fill="#fbfaf6", outline="#b9b3a6", width=5)
    for x in (420, 520):
        pen.rounded_rectangle((x, 270, x + 22, 340), 6, fill="#3c3c3c")
    pen.polygon([(480, 60), (430, 170), (478, 165), (450, 250), (540, 130), (490, 138)], fill="#e0a63a")
    pen.ellipse((380, 200, 470, 260), fill="#77695a")


def _lift(pen: Draw, rng: Random) -> None:
    pen.rectangle((250, 60, 710, 520), fill="#9aa4a6", outline="#5f686a", width=8)
    gap = rng.randrange(20, 70)
    pen.rectangle((470 - gap // 2, 90, 470 + gap, 520), fill="#22282a")
    pen.rounded_rectangle((770, 220, 850, 330), 12, fill="#2d3a3c")
    pen.text((790, 240), str(rng.randrange(3, 15)), fill="#ef6b53", font_size=56)


def _box(pen: Draw, rng: Random) -> None:
    for n, colour in enumerate(rng.sample(("#5b8db8", "#c97b63", "#6fa07a", "#b09bc5"), 3)):
        x = 150 + n * 235
        pen.rounded_rectangle((x, 300 - n * 24, x + 200, 560), 10, fill="#fbfaf6", outline="#b9b3a6", width=4)
        pen.rectangle((x, 370, x + 200, 450), fill=colour)
        pen.rectangle((x + 88, 474, x + 112, 538), fill=colour)
        pen.rectangle((x + 68, 494, x + 132, 518), fill=colour)


def _basket(pen: Draw, rng: Random) -> None:
    fruit = rng.sample(("#c9503e", "#7fa650", "#e2b13c", "#d98a3d", "#8d6aa3"), 4)
    for n, colour in enumerate(fruit):
        pen.ellipse((230 + n * 125, 220 + n % 2 * 40, 390 + n * 125, 390 + n % 2 * 40), fill=colour)
    pen.polygon([(190, 350), (770, 350), (700, 600), (260, 600)], fill="#c79a5b", outline="#8f6b38", width=5)
    for y in range(390, 600, 52):
        pen.line((205, y, 755, y), fill="#8f6b38", width=5)


def _meal(pen: Draw, rng: Random) -> None:
    pen.rounded_rectangle((200, 300, 760, 580), 40, fill="#f8f5ee", outline="#b9b3a6", width=6)
    pen.line((480, 310, 480, 570), fill="#cfc8ba", width=6)
    pen.ellipse((240, 345, 450, 540), fill="#fffdf6")
    for _ in range(12):
        x, y = rng.randrange(510, 710), rng.randrange(350, 520)
        pen.ellipse((x, y, x + 42, y + 34), fill=rng.choice(("#7fa650", "#c9503e", "#e2b13c", "#9b6a43")))
    for x in (300, 360, 420):
        pen.arc((x, 180, x + 60, 290), 60, 300, fill="#d9d4ca", width=8)


def _lamp(pen: Draw, rng: Random) -> None:
    pen.rectangle((0, 0, *SIZE), fill="#4a4d52")
    for n in range(7):
        x, y = 80 + n * 95, 660 - n * 62
        pen.rectangle((x, y, 960, y + 60), fill="#6a6660")
        pen.line((x, y, 960, y), fill="#8b867e", width=4)
    pen.ellipse((430, 70, 530, 160), fill="#75777b", outline="#9a9ca0", width=5)


_SCENES: dict[str, Callable[[Draw, Random], None]] = {
    "repair-water": _pipe, "repair-heat": _radiator, "repair-power": _socket, "repair-lift": _lift,
    "repair-other": _lamp, "medicine": _box, "groceries": _basket, "meal": _meal, "suggest-estate": _lamp,
}  # fmt: skip
