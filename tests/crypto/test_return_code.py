"""The return code: eight words that anybody can type, and nobody can guess."""

import re
import string
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import ReturnCodeUnclear, WordProblem
from crypto.return_code import COUNT, WORDS, distance, generate, parse, spell, stretch

codes = st.lists(st.sampled_from(WORDS), min_size=COUNT, max_size=COUNT).map(tuple)
BETWEEN = (" ", "-", "\n", ", ", "\t", "\u00a0", "\u2013", " / ", ";", "_", "\r\n", " · ", "…", "\u3000")


def test_the_list_has_2048_words_in_order() -> None:
    assert len(WORDS) == 2048 == len(set(WORDS))
    assert list(WORDS) == sorted(WORDS)


def test_each_word_is_short_and_plain() -> None:
    assert [word for word in WORDS if not re.fullmatch("[a-z]{4,8}", word)] == []


def test_four_letters_name_a_word() -> None:
    assert len({word[:4] for word in WORDS}) == 2048


def parsed(text: str) -> tuple[str, ...] | ReturnCodeUnclear:
    """The words, or the error that explains."""
    try:
        return parse(text)
    except ReturnCodeUnclear as unclear:
        return unclear


def one_letter_less(word: str) -> set[str]:
    return {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}


def closer_than_two(words: dict[str, str]) -> list[tuple[str, str]]:
    """Pairs one slip apart. Two words can only be that close if they agree after losing at most one letter each."""
    shapes: dict[str, set[str]] = {}
    for word, spelling in words.items():
        for shape in one_letter_less(spelling):
            shapes.setdefault(shape, set()).add(word)
    pairs = {pair for same in shapes.values() for pair in combinations(sorted(same), 2)}
    return [(a, b) for a, b in sorted(pairs) if distance(words[a], words[b]) < 2]


def test_no_two_words_are_one_typing_slip_apart() -> None:
    assert closer_than_two({word: word for word in WORDS}) == []


def as_heard(word: str) -> str:
    """Roughly how a German word sounds: letters that are spoken alike become one."""
    for written, heard in (
        ("sch", "S"), ("tsch", "C"), ("ch", "X"), ("ph", "f"), ("th", "t"), ("rh", "r"), ("qu", "kw"), ("ck", "k"),
        ("tz", "z"), ("ts", "z"), ("dt", "t"), ("ai", "ei"), ("ay", "ei"), ("ey", "ei"), ("eu", "oi"), ("ie", "i"),
        ("y", "i"), ("v", "f"), ("c", "k"), ("x", "ks"),
    ):  # fmt: skip
        word = word.replace(written, heard)
    word = re.sub(r"([aeiou])h", r"\1", word)
    word = re.sub(r"(.)\1", r"\1", word)
    for last, heard in (("d", "t"), ("b", "p"), ("g", "k"), ("en", "n")):
        word = re.sub(f"{last}$", heard, word)
    return word


def test_no_two_words_differ_in_one_sound_only() -> None:
    assert closer_than_two({word: as_heard(word) for word in WORDS}) == []


def test_hard_and_soft_consonants_do_not_matter_on_a_bad_line() -> None:
    soft = str.maketrans("dbgmwX", "tpknfS")
    assert len({as_heard(word).translate(soft) for word in WORDS}) == 2048


def test_a_code_uses_88_even_bits() -> None:
    assert spell(0) == (WORDS[0],) * 8
    assert spell(2**88 - 1) == (WORDS[-1],) * 8
    assert spell(1)[-1] == WORDS[1]
    asked: list[int] = []

    def random(n: int) -> bytes:
        asked.append(n)
        return b"\xff" * n

    assert generate(random) == (WORDS[-1],) * 8
    assert asked == [11]
    assert len({generate() for _ in range(100)}) == 100


@given(number=st.integers(min_value=0, max_value=2**88 - 1))
def test_no_two_numbers_give_the_same_code(number: int) -> None:
    back = 0
    for word in spell(number):
        back = back * 2048 + WORDS.index(word)
    assert back == number


@given(
    words=codes,
    between=st.lists(st.sampled_from(BETWEEN), min_size=COUNT, max_size=COUNT),
    letters=st.lists(st.integers(min_value=4, max_value=8), min_size=COUNT, max_size=COUNT),
    upper=st.lists(st.booleans(), min_size=COUNT, max_size=COUNT),
    numbered=st.booleans(),
)
def test_a_code_is_understood_however_it_is_typed(
    words: tuple[str, ...], between: list[str], letters: list[int], upper: list[bool], *, numbered: bool
) -> None:
    text = ""
    for n, word in enumerate(words):
        typed = word[: letters[n]]
        text += between[n] + (f"{n + 1}. " if numbered else "") + (typed.upper() if upper[n] else typed)
    assert parse(text) == words


@given(words=codes, place=st.integers(min_value=0, max_value=7), data=st.data())
def test_one_slip_is_noticed_and_the_right_word_is_suggested(
    words: tuple[str, ...], place: int, data: st.DataObject
) -> None:
    word = words[place]
    at = data.draw(st.integers(min_value=0, max_value=len(word) - 1))
    letter = data.draw(st.sampled_from(string.ascii_lowercase))
    slip = data.draw(st.sampled_from(("left out", "doubled", "wrong", "swapped")))
    typed = {
        "left out": word[:at] + word[at + 1 :],
        "doubled": word[:at] + letter + word[at:],
        "wrong": word[:at] + letter + word[at + 1 :],
        "swapped": word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :],
    }[slip]
    text = " ".join((*words[:place], typed, *words[place + 1 :]))
    understood = parsed(text)
    if isinstance(understood, tuple):
        # Cut short or unchanged, or by chance the beginning of another word: the page shows what it understood.
        assert understood[place].startswith(typed)
        assert understood[:place] + understood[place + 1 :] == words[:place] + words[place + 1 :]
        return
    assert understood.count == 8
    assert [problem.position for problem in understood.problems] == [place]
    suggestions = understood.problems[0].suggestions
    assert len(suggestions) <= 3
    if len(typed) > 3:
        assert word in suggestions


@given(text=st.text(max_size=200))
def test_any_text_is_a_code_or_unclear(text: str) -> None:
    understood = parsed(text)
    if isinstance(understood, tuple):
        assert len(understood) == 8
        assert set(understood) <= set(WORDS)
    else:
        assert understood.count != 8 or understood.problems
        assert all(problem.given for problem in understood.problems)


def test_a_whole_book_costs_no_suggestions() -> None:
    with pytest.raises(ReturnCodeUnclear) as unclear:
        parse("lorem ipsum " * 50_000)
    assert (unclear.value.problems, unclear.value.count) == ((), 100_000)


def test_what_was_typed_is_never_printed() -> None:
    with pytest.raises(ReturnCodeUnclear) as unclear:
        parse("geheimwort")
    assert str(unclear.value) == "1 unclear of 1 words"
    assert repr(unclear.value.problems) == "(<WordProblem at 0>,)"
    assert WordProblem(0, "a", ()) == WordProblem(0, "a", ())


@pytest.mark.parametrize(
    ("one", "other", "slips"),
    [
        ("", "", 0),
        ("apfel", "", 5),
        ("apfel", "apfel", 0),
        ("apfel", "afpel", 1),
        ("apfel", "apfl", 1),
        ("apfel", "appfel", 1),
        ("apfel", "apfal", 1),
        ("apfel", "pafle", 2),
        ("ca", "abc", 3),  # a swapped pair is not edited again
    ],
)
def test_slips_are_counted(one: str, other: str, slips: int) -> None:
    assert distance(one, other) == distance(other, one) == slips


@pytest.mark.parametrize("words", [(), WORDS[:7], WORDS[:9], (*WORDS[:7], "xxxx"), (*WORDS[:7], WORDS[8][:4])])
def test_only_eight_words_of_the_list_are_stretched(words: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="eight words"):
        stretch(words, bytes(16), 19456, 2)


def test_the_order_of_the_words_and_the_salt_matter() -> None:
    words = WORDS[:8]
    seeds = {stretch(words, bytes(16), 19456, 2), stretch(words[::-1], bytes(16), 19456, 2)}
    seeds |= {stretch(words, b"1" * 16, 19456, 2), stretch(words, bytes(16), 19456, 3)}
    assert len(seeds) == 4
    assert {len(seed) for seed in seeds} == {32}
