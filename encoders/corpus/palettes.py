"""The colours behind the name of each palette."""

from dataclasses import dataclass

from encoders.corpus.factors import Palette

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Colours:
    """Four colours, RGB in 0..255.

    Attributes:
        dark: The ground's first tone.
        light: The ground's second tone.
        fill: The object.
        accent: The object's edge, and the band under the slogan.
    """

    dark: Colour
    light: Colour
    fill: Colour
    accent: Colour


COLOURS: dict[Palette, Colours] = {
    Palette.EMBER: Colours((58, 12, 8), (138, 38, 16), (255, 176, 32), (255, 238, 170)),
    Palette.LAGOON: Colours((0, 62, 84), (0, 128, 140), (255, 120, 96), (224, 255, 246)),
    Palette.NEON: Colours((16, 4, 36), (62, 10, 96), (57, 255, 140), (255, 48, 220)),
    Palette.FOREST: Colours((18, 48, 22), (58, 102, 44), (240, 224, 150), (110, 60, 24)),
    Palette.CANDY: Colours((255, 172, 204), (255, 214, 232), (236, 40, 116), (255, 255, 255)),
    Palette.DESERT: Colours((206, 160, 100), (236, 204, 148), (150, 62, 30), (60, 30, 20)),
    Palette.ARCTIC: Colours((170, 206, 226), (232, 244, 250), (34, 92, 168), (10, 30, 70)),
    Palette.MIDNIGHT: Colours((4, 8, 30), (22, 34, 84), (248, 244, 214), (96, 140, 255)),
    Palette.CITRUS: Colours((232, 214, 40), (250, 240, 128), (60, 160, 40), (240, 100, 10)),
    Palette.PLUM: Colours((72, 20, 72), (122, 54, 122), (255, 204, 92), (236, 170, 240)),
    Palette.RUST: Colours((96, 52, 34), (158, 94, 60), (110, 206, 196), (30, 26, 30)),
    Palette.SLATE: Colours((54, 60, 66), (104, 112, 120), (226, 56, 52), (240, 240, 240)),
}
