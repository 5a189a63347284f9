"""The latent factors of a post, each with its vocabulary."""

from enum import StrEnum


class Shape(StrEnum):
    """The object in the picture."""

    DISC = "disc"
    RING = "ring"
    STAR = "star"
    TRIANGLE = "triangle"
    BOX = "box"
    CROSS = "cross"
    HEART = "heart"
    CRESCENT = "crescent"
    FLOWER = "flower"
    GEAR = "gear"
    ARROW = "arrow"
    HOURGLASS = "hourglass"


class Motion(StrEnum):
    """How the object moves."""

    ORBIT = "orbit"
    BOUNCE = "bounce"
    SWEEP = "sweep"
    FALL = "fall"
    SPIN = "spin"
    PULSE = "pulse"
    SWING = "swing"
    ZIGZAG = "zigzag"


class Palette(StrEnum):
    """The colours of ground, object and accent."""

    EMBER = "ember"
    LAGOON = "lagoon"
    NEON = "neon"
    FOREST = "forest"
    CANDY = "candy"
    DESERT = "desert"
    ARCTIC = "arctic"
    MIDNIGHT = "midnight"
    CITRUS = "citrus"
    PLUM = "plum"
    RUST = "rust"
    SLATE = "slate"


class Slogan(StrEnum):
    """The words laid over the frames; the value is what is drawn."""

    SKIP_THE_GATE = "SKIP THE GATE"
    TWO_FOR_ONE = "TWO FOR ONE COIN"
    NIGHT_ROOF = "NIGHT ROOF CLUB"
    HOLD_BREATH = "HOLD YOUR BREATH 60"
    CHAIN_TEN = "SEND IT TO TEN"
    ZERO_SLEEP = "ZERO SLEEP WEEK"
    SPIN_DARE = "SPIN DARE"
    HIDDEN_MENU = "HIDDEN MENU HACK"
    DOUBLE_IT = "DOUBLE IT TODAY"
    LAST_TRAIN = "LAST TRAIN JUMP"
    GLOW_DROP = "GLOW DROP"
    NO_HANDS = "NO HANDS RIDE"
    MIRROR_CALL = "MIRROR CALL 3AM"
    ICE_LOCK = "ICE LOCK"
    FREE_SKIN = "FREE SKIN CODE"
    CLIMB_IT = "CLIMB IT FIRST"


class Sound(StrEnum):
    """The pattern that is heard."""

    RISE = "rise"
    DIVE = "dive"
    BEEPS = "beeps"
    CHORD = "chord"
    ARPEGGIO = "arpeggio"
    SIREN = "siren"
    DRUMS = "drums"
    TREMOLO = "tremolo"
    BELLS = "bells"
    HISS = "hiss"
    WOBBLE = "wobble"
    CLICKS = "clicks"


class Wording(StrEnum):
    """What the caption speaks of."""

    DARE = "dare"
    GIVEAWAY = "giveaway"
    RECIPE = "recipe"
    COUNTDOWN = "countdown"
    GAME_CODE = "game-code"
    ROOFTOP = "rooftop"
    REMEDY = "remedy"
    RUMOUR = "rumour"
    INVESTMENT = "investment"
    RITUAL = "ritual"
    RAILWAY = "railway"
    WORKOUT = "workout"


VOCABULARIES: dict[str, tuple[StrEnum, ...]] = {
    "shape": tuple(Shape),
    "motion": tuple(Motion),
    "palette": tuple(Palette),
    "slogan": tuple(Slogan),
    "sound": tuple(Sound),
    "wording": tuple(Wording),
}
