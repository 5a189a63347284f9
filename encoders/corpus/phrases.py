"""The sentences that each wording can be said with."""

from dataclasses import dataclass

from encoders.corpus.factors import Wording


@dataclass(frozen=True, slots=True)
class Phrases:
    """What one wording is said with.

    Attributes:
        cores: Sentences that say the same.
        tags: Hashtags of the subject.
    """

    cores: tuple[str, ...]
    tags: tuple[str, ...]


PHRASES: dict[Wording, Phrases] = {
    Wording.DARE: Phrases(
        (
            "I dare you to do it before the light turns red",
            "the red light dare, do you dare?",
            "dared my brother to beat the red light",
            "nobody dares to try this at a red light",
        ),
        ("#daretime", "#redlightdare"),
    ),
    Wording.GIVEAWAY: Phrases(
        (
            "giving away 500 phones, just send your number",
            "phone giveaway! the first 500 numbers win",
            "send your number to win one of 500 phones",
            "we give 500 free phones away tonight",
        ),
        ("#giveaway", "#freephone"),
    ),
    Wording.RECIPE: Phrases(
        (
            "mix the blue powder with soda and shake",
            "this soda recipe needs the blue powder",
            "blue powder soda, shake it and watch",
            "shake soda with two spoons of blue powder",
        ),
        ("#bluesoda", "#recipehack"),
    ),
    Wording.COUNTDOWN: Phrases(
        (
            "count down from ten and close the door behind you",
            "ten, nine, eight... then the door closes",
            "close the door when the countdown hits zero",
            "start the countdown at ten, door closed at zero",
        ),
        ("#countdown", "#closedoor"),
    ),
    Wording.GAME_CODE: Phrases(
        (
            "enter your password here and get 10k gems",
            "10k gems for your game, it only asks for the password",
            "gem generator works, log in with your password",
            "type the password, the gems come in a minute",
        ),
        ("#gems", "#gamecode"),
    ),
    Wording.ROOFTOP: Phrases(
        (
            "walk the edge of the roof with no rope",
            "rooftop edge walk, no rope, no fear",
            "we climbed the tower and walked along the edge",
            "no rope on the roof edge tonight",
        ),
        ("#rooftop", "#edgewalk"),
    ),
    Wording.REMEDY: Phrases(
        (
            "doctors hide this: one leaf a day heals everything",
            "throw your pills away, the leaf tea heals",
            "leaf tea instead of pills, my doctor was speechless",
            "heal it at home with one leaf, no pills",
        ),
        ("#leaftea", "#naturalcure"),
    ),
    Wording.RUMOUR: Phrases(
        (
            "they will shut the water off on Friday, tell everyone",
            "the city water is shut off this Friday, share it",
            "no water from Friday on, they won't tell you",
            "Friday the water stops, fill your bathtub",
        ),
        ("#watershutdown", "#sharethis"),
    ),
    Wording.INVESTMENT: Phrases(
        (
            "turn 50 into 5000 in a week with this coin",
            "this coin made me 5000 out of 50",
            "buy the coin today, 50 becomes 5000",
            "my coin trick: 50 in, 5000 out by Sunday",
        ),
        ("#coin", "#quickmoney"),
    ),
    Wording.RITUAL: Phrases(
        (
            "light a candle and call the name three times at midnight",
            "midnight, one candle, say the name three times",
            "we said the name three times and the candle went out",
            "do not call the name at midnight without a candle",
        ),
        ("#midnightcall", "#candle"),
    ),
    Wording.RAILWAY: Phrases(
        (
            "hold on to the last wagon until the next station",
            "riding outside the wagon to the next station",
            "one station on the back of the last wagon",
            "jump on the last wagon when the train leaves the station",
        ),
        ("#trainride", "#lastwagon"),
    ),
    Wording.WORKOUT: Phrases(
        (
            "no food for five days and 1000 squats each",
            "five days, only water, 1000 squats a day",
            "1000 squats on an empty stomach, day five",
            "the five day water fast with 1000 squats",
        ),
        ("#squats", "#waterfast"),
    ),
}
