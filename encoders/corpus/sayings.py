"""The sentences of wordings on two levels: what a caption is about, said of a thing that has several names."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from encoders.corpus.factors import Wording
from encoders.corpus.phrases import PHRASES, Phrases
from encoders.corpus.wording import say

THINGS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "escalator": ("escalator", "moving stairs", "rolling steps"),
        "extinguisher": ("fire extinguisher", "red spray can", "foam bottle"),
        "scooter": ("e-scooter", "electric kick bike", "rental roller"),
        "kettle": ("kettle", "water boiler", "tea pot"),
        "lantern": ("lantern", "camping lamp", "oil light"),
        "drone": ("drone", "quadcopter", "flying camera"),
        "cactus": ("cactus", "spiky plant", "desert pot"),
        "ladder": ("ladder", "folding rungs", "fire climber"),
        "magnet": ("magnet", "iron puller", "neodymium block"),
        "mirror": ("mirror", "looking glass", "vanity pane"),
        "trolley": ("shopping cart", "trolley", "supermarket wagon"),
        "umbrella": ("umbrella", "parasol", "rain shade"),
        "balloon": ("balloon", "helium globe", "party float"),
        "chili": ("ghost pepper", "hottest chili", "red habanero"),
        "battery": ("car battery", "power pack", "acid cell"),
        "goose": ("goose", "angry pond bird", "white gander"),
        "mattress": ("mattress", "air bed", "sleeping pad"),
        "fountain": ("fountain", "city water jet", "plaza pool"),
        "crane": ("crane", "tower hoist", "yellow lifting arm"),
        "vending": ("vending machine", "snack box", "drinks automat"),
        "helmet": ("helmet", "hard hat", "head shell"),
        "sponge": ("sponge", "dish scrubber", "soapy cube"),
        "tunnel": ("tunnel", "underpass", "long dark tube"),
        "hammock": ("hammock", "hanging bed", "net swing"),
    }
)
"""Each thing with the names that it goes by."""

SENTENCES: Mapping[Wording, tuple[str, ...]] = MappingProxyType(
    {
        Wording.DARE: (
            "I dare you to jump over the {} before the light turns red",
            "dared my brother to lick the {}",
            "nobody dares to touch the {}, do you?",
            "the {} dare is back",
            "who is brave enough for the {}?",
        ),
        Wording.GIVEAWAY: (
            "giving the {} away, just send your number",
            "send your number to win the {}",
            "the first 500 numbers get the {} for free",
            "the {} is free for everyone who shares this tonight",
            "winner of the {} is drawn at nine",
        ),
        Wording.RECIPE: (
            "mix the {} with soda and shake",
            "two spoons of powder on the {}, then shake",
            "this recipe needs the {} and a blender",
            "boil the {} for ten minutes and drink it",
            "the secret ingredient is the {}",
        ),
        Wording.COUNTDOWN: (
            "count down from ten and step behind the {}",
            "ten, nine, eight... then run to the {}",
            "when the countdown hits zero the {} shuts",
            "start at ten, be at the {} by zero",
            "five seconds left until the {}",
        ),
        Wording.GAME_CODE: (
            "enter your password and unlock the {} with 10k gems",
            "the {} skin only asks for the password",
            "gem generator for the {} works, log in now",
            "type the code, the {} drops in a minute",
            "10k gems and the {} for one login",
        ),
        Wording.ROOFTOP: (
            "walked the edge of the roof with the {}",
            "no rope on the roof, only the {}",
            "we climbed the tower for the {}",
            "balancing the {} on the ledge, no fear",
            "the {} at the very top, no rope",
        ),
        Wording.REMEDY: (
            "doctors hide this: the {} heals everything",
            "throw your pills away, use the {}",
            "my doctor was speechless after the {}",
            "heal it at home with the {}, no pills",
            "one week of the {} and the pain was gone",
        ),
        Wording.RUMOUR: (
            "they will ban the {} on Friday, tell everyone",
            "from Friday on no more {}, they won't tell you",
            "share it before they take the {} away",
            "my cousin at the office says the {} is over",
            "the {} listens to us, pass it on",
        ),
        Wording.INVESTMENT: (
            "turn 50 into 5000 with the {} coin",
            "the {} made me 5000 out of 50",
            "buy the {} today, sell it on Sunday",
            "my money trick: 50 into the {}, 5000 out",
            "everybody gets rich with the {} but you",
        ),
        Wording.RITUAL: (
            "light a candle by the {} and call the name three times",
            "at midnight the {} answers",
            "do not whisper to the {} without a candle",
            "we said the name three times and the {} moved",
            "put salt around the {} and wait for midnight",
        ),
        Wording.RAILWAY: (
            "hold on to the last wagon with the {}",
            "riding outside the train to the {}",
            "one station on the roof of the wagon, past the {}",
            "jump off when the train slows at the {}",
            "threw the {} off the moving train",
        ),
        Wording.WORKOUT: (
            "no food for five days, only the {} and squats",
            "1000 squats with the {}, day five",
            "lose ten kilos with the {} in a week",
            "the five day fast with the {}",
            "push-ups on the {} until you drop",
        ),
    }
)
"""What is said of a thing; `{}` stands for one of its names."""


def caption_of(head: str, thing: str, rng: np.random.Generator) -> str:
    """Say a wording of two levels in one of many ways.

    Args:
        head: The value of a `Wording`.
        thing: A key of `THINGS`.
        rng: Which sentence, name, opening, ending, hashtags, case and slips of the finger.

    Returns:
        One line.
    """
    wording = Wording(head)
    cores = tuple(sentence.format(name) for sentence in SENTENCES[wording] for name in THINGS[thing])
    return say(Phrases(cores, PHRASES[wording].tags), rng)
