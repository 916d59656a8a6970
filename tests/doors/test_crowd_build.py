"""A crowd beside the story draws by dice of its own."""

import random

from patency.doors.cli.crowd_build import dice_of
from patency.doors.cli.demo import SEED


def test_the_crowd_throws_other_dice_than_the_story_or_numbers_would_be_given_twice() -> None:
    story, crowd = random.Random(SEED), dice_of(SEED)

    told = {story.getrandbits(64) for _ in range(50_000)}

    assert told.isdisjoint({crowd.getrandbits(64) for _ in range(50_000)})
    assert dice_of(SEED).random() == dice_of(SEED).random()
