"""Writes tests/vectors/numbers.json: what Python makes of typed numbers, for the browser's rules to agree with.

python -m tests.vectors.write_numbers
"""

import json
import random
from pathlib import Path
from typing import Any

from intake.errors import NumberRefused
from intake.phones import parse, rules

FILE = Path(__file__).with_name("numbers.json")
OWN = ("+493841123456",)
WRITTEN = """

0151 23456789|0151/234-567-89|+49 (0)151 23456789|+49(0) 151 234567 89|0049 (0) 151 23456789|0049151 23456789
  0151 23456789 |0151–23456789|０１５１ ２３４５６７８９|(0151) 23456789|(+49) 151 23456789|0151-234PTW78|03841-CALLNOW
CALLNOW|Mira 0151 23456789|0151 23456789 x5|tel:015123456789|110|112|1 1 2|030 110|03841 112|0900 1 234567|0137 1234567
0180 5 123456|0700 12345678|0168 1234567|0800 1110111|116 016|116117|0161 12345678|11833|+4915123456789012|0151 2345
|+|+49|keine|0151 23456789, 0151 23456788|+43 664 1234567|+1 212 555 0123|+8816 12345678|49 151 23456789|151 23456789
0171 3920047|040 66969123|030 23125123|0221 4710123|0441 12345|02771 4510|089/123456|+49 49 1512345678|0 3841 123456
03841 123456|+49+151 23456789|++49 151 23456789|004915123456789|0049 0151 23456789|+49 0151 23456789
0151.234.567.89|030/4 51 10
""".replace("\n", "|").strip("|")


def typed() -> list[str]:
    """Written by hand, and drawn at random over all beginnings (the same in each run)."""
    chance = random.Random(5)  # noqa: S311 - numbers for a test
    drawn = ["0" + "".join(chance.choice("0123456789") for _ in range(chance.randint(3, 13))) for _ in range(400)]
    mobile = [f"01{chance.choice('567')}{chance.randint(0, 9)}{chance.randint(10**6, 10**8 - 1)}" for _ in range(150)]
    return list(dict.fromkeys([*WRITTEN.split("|"), *drawn, *mobile]))


def case(text: str) -> dict[str, Any]:
    """What Python says."""
    try:
        number = parse(text, own=OWN)
    except NumberRefused as refused:
        return {"typed": text, "why": refused.details["why"]}
    return {"typed": text, "e164": number.e164, "spoken": number.spoken}


def content() -> dict[str, Any]:
    """The whole file."""
    return {"rules": rules(OWN), "cases": [case(text) for text in typed()]}


if __name__ == "__main__":
    FILE.write_text(json.dumps(content(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
