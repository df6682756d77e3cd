"""A camera for tests: what Chromium films is a file, drawn here from a QR code held at an angle in poor light."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import segno
from PIL import Image, ImageFilter
from playwright.sync_api import Browser

from tests.browser.conftest import ARGUMENTS, chromium_path

WIDTH, HEIGHT, FRAMES = 640, 480, 4
WALL, SHADE = "#8d8b84", 40  # grey, and how much of the light is missing


def photographed(text: str) -> Image.Image:
    """Returns the QR code of `text` as a hand-held phone sees it."""
    drawn = BytesIO()
    segno.make(text, error="m", micro=False).save(drawn, kind="png", scale=7, border=4)
    square = Image.open(drawn).convert("RGB").point(lambda light: max(0, light - SHADE))
    seen = Image.new("RGB", (WIDTH, HEIGHT), WALL)
    turned = square.convert("RGBA").rotate(11, expand=True, resample=Image.Resampling.BICUBIC)
    turned.thumbnail((HEIGHT - 20, HEIGHT - 20))
    seen.paste(turned, ((WIDTH - turned.width) // 2, (HEIGHT - turned.height) // 2), turned)
    return seen.filter(ImageFilter.GaussianBlur(0.8))


def film(picture: Image.Image, path: Path) -> Path:
    """Writes `picture` as a short film in raw YUV (Y4M, 4:2:0)."""
    light, blue, red = picture.convert("YCbCr").split()
    small = (WIDTH // 2, HEIGHT // 2)
    frame = b"FRAME\n" + light.tobytes() + blue.resize(small).tobytes() + red.resize(small).tobytes()
    path.write_bytes(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\n".encode() + frame * FRAMES)
    return path


@contextmanager
def filming(chromium: Browser, picture: Path) -> Iterator[Browser]:
    """Yields another browser, whose camera sees the film `picture`."""
    browser = chromium.browser_type.launch(
        executable_path=chromium_path(), args=[*ARGUMENTS, f"--use-file-for-fake-video-capture={picture}"]
    )
    yield browser
    browser.close()
