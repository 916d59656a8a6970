"""The film strip draws what is known of an examination, and says the same in words."""

import itertools

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from patency.doors.web.film_strip import Curve, Film, Mark, Run, film_strip

TWO_RUNS = (Run(0, 10, 20), Run(190, 200, 5))


def test_an_empty_film_draws_nothing():
    assert not film_strip(Film())
    assert not render_to_string("pieces/film_strip.html", {"strip": film_strip(Film())}).strip()


def test_runs_stand_in_their_order_and_a_long_pause_is_cut_short_and_named():
    strip = film_strip(Film(tuple(reversed(TWO_RUNS))))

    first, second = strip.blocks
    (pause,) = strip.gaps
    assert first.x < pause.x < second.x
    assert pause.is_cut
    assert pause.width < first.width
    assert pause.says == "3 min"
    assert second.x + second.width <= strip.width


def test_a_short_pause_keeps_its_length():
    strip = film_strip(Film((Run(0, 10), Run(15, 25))))

    assert [gap.is_cut for gap in strip.gaps] == [False]
    assert strip.gaps[0].width == pytest.approx(strip.blocks[0].width / 2, abs=0.2)


def test_frames_are_drawn_until_they_would_touch():
    few, many = (film_strip(Film((Run(0, 1, count),))) for count in (4, 4000))

    assert len(few.blocks[0].lines) == 3
    apart = [b - a for a, b in zip(*[many.blocks[0].lines[each:] for each in (0, 1)], strict=False)]
    assert min(apart) >= 4


def test_marks_close_to_each_other_do_not_cover_each_other():
    film = Film(TWO_RUNS, marks=(Mark("cavity-full", 2), Mark("leak", 2.1), Mark("pain", 2.2)))

    strip = film_strip(film)

    assert len({sign.row for sign in strip.signs}) == 3
    assert all(sign.row >= 0 for sign in strip.signs)
    assert max(sign.row for sign in strip.signs) + 20 <= strip.film_at


def test_curves_go_from_the_horn_to_the_open_end():
    strip = film_strip(Film(TWO_RUNS, (Curve("right", ((0, 0.0), (10, 1.0))),)))

    (line,) = strip.lines
    assert line.end_y == strip.curves_at
    assert line.points.split()[0].endswith(f",{strip.curves_end}")


def test_the_words_say_what_is_drawn():
    film = Film(
        TWO_RUNS,
        (Curve("right", ((0, 0), (195, 1.0))), Curve("left", ((0, 0), (8, 0.4), (9, 0.4)))),
        (Mark("intravasation", 195.4),),
        is_suggested=True,
    )

    assert film_strip(film).sentences == (
        "Suggested by the computer; nobody has accepted it yet.",
        "2 runs in 3 min.",
        "Run 1 from 0:00 to 0:10, 20 frames.",
        "Pause of 3 min.",
        "Run 2 from 3:10 to 3:20, 5 frames.",
        "Right tube: contrast reaches its open end at 3:15.",
        "Left tube: contrast reaches 40 % of its length at 0:08.",
        "Contrast in vessels (intravasation) at 3:15.",
    )


def test_many_pauses_leave_every_run_its_room():
    strip = film_strip(Film(tuple(Run(60 * each, 60 * each + 2) for each in range(30))))

    ends = [(block.x, block.x + block.width) for block in strip.blocks]
    assert all(end <= begin for (_, end), (begin, _) in itertools.pairwise(ends))
    assert ends[-1][1] <= strip.width


@pytest.mark.parametrize("code", ["en", "zh-hans"])
def test_the_drawing_is_one_picture_with_its_words(code):
    film = Film(TWO_RUNS, (Curve("left", ((0, 0), (8, 0.4))),), (Mark("spill-left", 195),))

    with translation.override(code):
        page = render_to_string("pieces/film_strip.html", {"strip": film_strip(film)})
        says = film_strip(film).text

    assert page.count("<svg") == 1
    assert 'role="img"' in page
    assert says in page
    assert "style=" not in page
