"""Two campaigns of the demo: one that runs, with what was filed since, and one that has ended, with its certificate."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from households import holdings, reference
from households.actions import campaigns as verbs
from households.actions import destruction as ending
from households.models import Category, NeedKind
from resilience.demo.place import Place
from resilience.demo.story import Script
from resilience.lib.dates import today

RUNS_SINCE, BEGAN, CLOSED, ENDED = (timedelta(days=days) for days in (14, 25, 10, 3))


def campaign_scripts(place: Place, now: datetime) -> Iterator[tuple[datetime, Script]]:
    """What is filed from their first days on belongs to them."""
    yield now - RUNS_SINCE, _runs(place)
    yield now - BEGAN, _ends(place, now)


def _runs(place: Place) -> Script:
    plan = verbs.Plan(
        name="寒潮保供专项行动",
        region=place.community,
        purpose="寒潮期间为出行不便的居民送餐送药，重点照看透析和孕产家庭",
        planned_end_date=today() + timedelta(days=45),
        legal_reference="区应急指挥部关于启动低温雨雪冰冻四级响应的通知",
        categories=list(Category.objects.filter(code__in=["meal", "medicine"])),
        need_kinds=list(NeedKind.objects.filter(code="newborn")),
    )
    verbs.open_campaign(plan, by=place.desk[0])
    reference.forget()
    return
    yield  # a script of one step


def _ends(place: Place, now: datetime) -> Script:
    """Closed after two weeks; who still waited was let go on; one asked, the other approved."""
    one, other = place.desk[:2]
    plan = verbs.Plan(
        name="十月静默管理期间心理援助",
        region=place.community,
        purpose="静默管理期间为居民提供心理疏导",
        planned_end_date=today() + (BEGAN - CLOSED),
        legal_reference="区疫情联防联控领导小组第 27 号通告",
        categories=list(Category.objects.filter(code="talk")),
    )
    campaign = verbs.open_campaign(plan, by=one)
    reference.forget()
    yield now - CLOSED
    verbs.close(campaign, by=one)
    reference.forget()  # as the end of each transaction does elsewhere; the demo is filled in a single one
    yield now - ENDED
    if waiting := list(holdings.unfinished(campaign)):
        verbs.let_go(campaign, waiting, why="还在谈，不能停", by=one)
    destruction = ending.ask(campaign, by=one, typed=campaign.name)
    yield now - ENDED + timedelta(hours=2)
    ending.approve(destruction, by=other)
    yield now - ENDED + timedelta(hours=2, minutes=1)
    ending.carry_on()
    ending.certify(destruction)  # the demo is filled in one transaction, in which no file is written anew
