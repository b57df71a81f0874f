"""Whether words fit who says them: nobody who lives alone speaks of a wife, nobody without a child of its homework."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

from households.models import Relation
from resilience.demo import texts
from resilience.demo.people import Home
from resilience.lib.dates import today


def _ages(home: Home) -> list[int]:
    return [today().year - person.birth_date.year for person in home.family.persons]


def _has_child(home: Home) -> bool:
    return any(2 <= age <= 15 for age in _ages(home))


def _has_baby(home: Home) -> bool:
    return min(_ages(home)) <= 1


def _has_elder(home: Home) -> bool:
    return max(_ages(home)) >= 65


def _has_spouse(home: Home) -> bool:
    return any(person.relation == Relation.SPOUSE for person in home.family.persons)


def _is(lo: int, hi: int) -> Callable[[Home], bool]:
    """Whether the contact person is of that age."""
    return lambda home: lo <= _ages(home)[0] <= hi


def _has_young_woman(home: Home) -> bool:
    return any(
        person.sex == "f" and 22 <= age <= 40 for person, age in zip(home.family.persons, _ages(home), strict=True)
    )


def _needs(*codes: str) -> Callable[[Home], bool]:
    return lambda home: any(code in person.needs for person in home.family.persons for code in codes)


# words → who may say them; every line whose words occur must hold
_RULES: tuple[tuple[str, Callable[[Home], bool]], ...] = (
    ("孩子|学校|小学", _has_child),
    ("奶粉|尿不湿|婴儿", _has_baby),
    ("我爸|我妈|母亲|父母|奶奶", lambda home: _is(24, 62)(home) and _has_elder(home)),
    ("老人", _has_elder),
    ("老伴走了", lambda home: home.family.kind == "alone_old"),
    ("老伴(?!走了)|老两口", lambda home: _is(60, 99)(home) and _has_spouse(home)),
    ("儿子|女儿|儿媳|分家", _is(50, 99)),
    ("一个人带孩子|我一个人走不开", lambda home: home.family.kind == "single_parent" or _has_baby(home)),
    ("孕妇", _has_young_woman),
    ("退休", _is(58, 85)),
    ("今年六十了", _is(59, 62)),
    ("加班|出差|上班|房产证在外地|居住证", _is(22, 58)),
    ("牙不好|走不成路|拿不动|弄不明白", _is(60, 99)),
    ("透析", _needs("dialysis")),
    ("化疗|轮椅|褥疮|术后|胰岛素|制氧机", _needs("chronic", "disabled", "heart", "dialysis")),
    ("残疾人", _needs("disabled")),
    ("养老金认证", _is(60, 99)),
    ("没电梯", lambda home: not home.household.building.has_lift),
    ("处方|降压药|血糖仪", _is(45, 99)),
    ("腿脚", _is(60, 99)),
    ("[三四]份", lambda home: len(home.family.persons) > 2),
    ("口人", lambda home: len(home.family.persons) > 1),
)
_COMPILED = tuple((re.compile(words), holds) for words, holds in _RULES)


def fits(code: str, text: str, home: Home) -> bool:
    if code == "repair-lift" and not home.household.building.has_lift:
        return False
    if code == "meal-halal" and home.family.people not in ("hui", "uyghur", "dongxiang"):
        return False
    return all(holds(home) for words, holds in _COMPILED if words.search(text))


def fitting_words(code: str, home: Home, rng: Random) -> str:
    """Words for a category from that household; the last try when none of many fits."""
    tries = [texts.ask(rng, code) for _ in range(60)]
    return next((text for text in tries if fits(code, text, home)), tries[0])
