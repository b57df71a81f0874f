"""What the tables hold before staff edit them: plain data, written once by `actions/defaults.py`.

Clocks follow Beijing's draft hotline standard; care follows the national rule that old people in special difficulty
are contacted at least monthly; both as quoted in the project's domain notes. Every row is dated data that staff change.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from .clocks import OFFICE_DAY
from .models import CareColour, Means, Subject, Urgency


@dataclass(frozen=True, slots=True)
class CategoryRow:
    code: str
    zh: str
    en: str
    icon: str
    kinds: tuple[CategoryRow, ...] = ()
    to_worker: bool = True
    office_hours: bool = False
    is_shared: bool = False  # what one has, the whole stair may have


# Of the repairs; "something else" is a lock here and a window there.
SHARED = ("repair-water", "repair-power", "repair-gas", "repair-heat", "repair-lift")


def _kinds(
    icon: str, *names: tuple[str, str, str], to_worker: bool = True, office_hours: bool = False
) -> tuple[CategoryRow, ...]:
    return tuple(CategoryRow(code, zh, en, icon, (), to_worker, office_hours, code in SHARED) for code, zh, en in names)


CATEGORIES: tuple[CategoryRow, ...] = (
    CategoryRow("groceries", "物资代购", "Groceries", "shopping-basket", _kinds(
        "shopping-basket",
        ("groceries-food", "米面油和蔬菜", "Rice, flour, oil, vegetables"),
        ("groceries-baby", "奶粉和尿不湿", "Baby formula and nappies"),
        ("groceries-daily", "日用品", "Things for the house"),
        ("groceries-parcel", "取快递、送东西", "Parcels and deliveries"),
    )),
    CategoryRow("medicine", "代购药品", "Medicine", "pill", _kinds(
        "pill",
        ("medicine-prescription", "按处方配药", "On prescription"),
        ("medicine-chronic", "慢病长期用药", "Regular medicine"),
        ("medicine-counter", "常用药和口罩", "Over the counter, masks"),
    )),
    CategoryRow("doctor", "就医陪护", "See a doctor", "stethoscope", _kinds(
        "stethoscope",
        ("doctor-escort", "陪同看病", "Somebody to come along"),
        ("doctor-dialysis", "透析、放化疗接送", "Dialysis, chemotherapy: a ride"),
        ("doctor-car", "派车去医院", "A car to hospital"),
        ("doctor-home", "上门看诊、换药", "A nurse at home"),
    )),
    CategoryRow("meal", "热餐", "Hot meal", "soup", _kinds(
        "soup",
        ("meal-daily", "每天送餐", "Every day"),
        ("meal-once", "临时送一餐", "Just once"),
        ("meal-halal", "清真餐", "Halal"),
    )),
    CategoryRow("repair", "维修", "Repair", "wrench", _kinds(
        "wrench",
        ("repair-water", "水管、下水", "Water and drains"),
        ("repair-power", "停电、电路", "Power"),
        ("repair-gas", "燃气", "Gas"),
        ("repair-heat", "暖气", "Heating"),
        ("repair-lift", "电梯", "Lift"),
        ("repair-other", "其他维修", "Something else"),
    ), is_shared=True),
    CategoryRow("talk", "心理疏导", "Talk to someone", "message-circle-heart", _kinds(
        "message-circle-heart",
        ("talk-listen", "想找人聊聊", "Somebody to listen"),
        ("talk-family", "家庭矛盾调解", "Trouble in the family"),
        ("talk-neighbour", "邻里矛盾调解", "Trouble with neighbours"),
    )),
    CategoryRow("question", "咨询", "Ask a question", "circle-help", _kinds(
        "circle-help",
        ("question-papers", "证明和手续", "Papers and certificates"),
        ("question-benefit", "低保、医保、养老", "Benefits, insurance, pension"),
        ("question-rules", "出行和防控政策", "Travel and protection rules"),
        to_worker=False, office_hours=True,
    ), to_worker=False, office_hours=True),
    CategoryRow("suggest", "建议", "Suggest", "lightbulb", _kinds(
        "lightbulb",
        ("suggest-estate", "小区环境", "The estate"),
        ("suggest-service", "社区服务", "Our service"),
        to_worker=False, office_hours=True,
    ), to_worker=False, office_hours=True),
    CategoryRow("other", "其他", "Other", "ellipsis", to_worker=False),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NeedRow:
    """A special group, and its care rule: contact every so many days, by which means (0: no rule)."""

    code: str
    zh: str
    en: str
    icon: str
    every_days: int
    means: Means = Means.ANY


NEEDS: tuple[NeedRow, ...] = (
    NeedRow("alone80", "独居老人（80岁以上）", "80 or older, living alone", "heart-handshake", 7),
    NeedRow("alone", "独居老人", "Old and living alone", "heart-handshake", 30),
    NeedRow("dialysis", "透析", "Dialysis", "droplets", 7),
    NeedRow("dementia", "失智", "Dementia", "brain", 7, Means.DOOR),
    NeedRow("heart", "严重心脑血管病", "Serious heart or stroke risk", "activity", 7),
    NeedRow("chronic", "慢性病", "Chronic illness", "pill", 30),
    NeedRow("disabled", "残障人士", "Disabled", "accessibility", 30, Means.DOOR),
    NeedRow("pregnant", "孕产妇", "Pregnant or new mother", "heart-pulse", 14),
    NeedRow("newborn", "新生儿", "Newborn", "baby", 14, Means.DOOR),
    NeedRow("child", "困境儿童", "Unattended child", "baby", 14, Means.DOOR),
    NeedRow("bereaved", "失独家庭", "Bereaved of an only child", "heart-handshake", 30),
    NeedRow("mental", "精神障碍", "Mental illness", "brain", 14),
    NeedRow("lowincome", "低保户", "Low income", "wallet", 90),
)

# Days after its end that something is kept. The law asks for three years of who looked (PIPL art. 56 and 69).
RETENTION: dict[Subject, int] = {
    Subject.REQUESTS: 730,
    Subject.PHOTOS: 180,
    Subject.VISITS: 730,
    Subject.NEEDS: 365,
    Subject.PEOPLE: 1_095,
    Subject.FILES: 1_095,
    Subject.MESSAGES: 90,
    Subject.DRAFTS: 1,
    Subject.AUDIT: 1_096,
}

COLOURS: dict[CareColour, int] = {CareColour.RED: 1, CareColour.YELLOW: 7, CareColour.GREEN: 30}

_HOUR, _DAY = 60, 24 * 60
# Kinds whose clocks run in office hours only need days of that length: a week is five of them.
_IN_OFFICE_HOURS = tuple(row.code for row in CATEGORIES if row.office_hours)
# (category code or "" for all, urgency, respond within minutes, resolve within minutes)
CLOCKS: tuple[tuple[str, Urgency, int, int], ...] = (
    ("", Urgency.LIFE, 10, 2 * _HOUR),
    ("", Urgency.URGENT, _HOUR, _DAY),
    ("", Urgency.NORMAL, _DAY, 7 * _DAY),
    ("", Urgency.LOW, 3 * _DAY, 15 * _DAY),
    *((code, Urgency.NORMAL, 2 * _HOUR, _DAY) for code in SHARED),
    *((code, Urgency.URGENT, _HOUR, OFFICE_DAY) for code in _IN_OFFICE_HOURS),
    *((code, Urgency.NORMAL, OFFICE_DAY, 5 * OFFICE_DAY) for code in _IN_OFFICE_HOURS),
    *((code, Urgency.LOW, 3 * OFFICE_DAY, 11 * OFFICE_DAY) for code in _IN_OFFICE_HOURS),
    ("meal", Urgency.URGENT, 30, 3 * _HOUR),
    ("meal", Urgency.NORMAL, 4 * _HOUR, _DAY),
    ("medicine", Urgency.NORMAL, 4 * _HOUR, 2 * _DAY),
    ("groceries", Urgency.NORMAL, 8 * _HOUR, 2 * _DAY),
    ("doctor", Urgency.NORMAL, 4 * _HOUR, 3 * _DAY),
)  # fmt: skip


def _run(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _year_2026() -> dict[date, tuple[bool, str]]:
    """General Office of the State Council, notice of 4 November 2025 on the holidays of 2026."""
    free = {
        "元旦": _run(date(2026, 1, 1), date(2026, 1, 3)),
        "春节": _run(date(2026, 2, 15), date(2026, 2, 23)),
        "清明节": _run(date(2026, 4, 4), date(2026, 4, 6)),
        "劳动节": _run(date(2026, 5, 1), date(2026, 5, 5)),
        "端午节": _run(date(2026, 6, 19), date(2026, 6, 21)),
        "中秋节": _run(date(2026, 9, 25), date(2026, 9, 27)),
        "国庆节": _run(date(2026, 10, 1), date(2026, 10, 7)),
    }
    worked = [(1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)]
    return {
        **{day: (False, name) for name, days in free.items() for day in days},
        **{date(2026, month, day): (True, "调休上班") for month, day in worked},
    }


def _year_2027() -> dict[date, tuple[bool, str]]:
    """The holidays of the law alone (State Council decree 795 of 10 November 2024); which weekends are worked is not
    known here: staff add them when the notice is out."""
    free = {
        "元旦": [date(2027, 1, 1)],
        "春节": _run(date(2027, 2, 5), date(2027, 2, 8)),
        "清明节": [date(2027, 4, 5)],
        "劳动节": _run(date(2027, 5, 1), date(2027, 5, 2)),
        "端午节": [date(2027, 6, 9)],
        "中秋节": [date(2027, 9, 15)],
        "国庆节": _run(date(2027, 10, 1), date(2027, 10, 3)),
    }
    return {day: (False, name) for name, days in free.items() for day in days}


SPECIAL_DAYS: dict[date, tuple[bool, str]] = {**_year_2026(), **_year_2027()}
