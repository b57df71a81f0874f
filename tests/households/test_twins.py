"""Likely twins: proposing, joining, separating."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from households import twins as rule
from households.actions import twins as verbs
from households.actions.answers import add_words
from households.actions.photos import store
from households.actions.requests import NewItem, resolve
from households.models import Actor, Assignment, EventKind, ServiceRequest, State, Urgency
from households.scope import managed_requests_for
from households.twin_search import likely_twins
from households.viewer import Viewer
from resilience.lib.errors import Refused
from resilience.lib.photos import take_photo
from resilience.outbox.models import Message
from tests import factories as f
from tests.base import CastTestCase


class LikelyTwinsTests(CastTestCase):
    def test_finds_the_same_household_asking_again_in_other_words(self) -> None:
        first = f.make_request(self.household, text="家里没有米了，请帮忙买一袋米。")
        again = f.make_request(self.household, text="请问买米的事怎么样了，家里没有米了。")
        other = f.make_request(self.other_household, text="楼道的灯坏了", phone="19900000002")
        found = likely_twins(again, managed_requests_for(Viewer(self.clerk)))
        assert [twin.pk for twin, _score in found] == [first.pk]
        assert other.pk not in {twin.pk for twin, _score in found}

    def test_finds_what_the_whole_stair_has_in_whatever_words(self) -> None:
        repair = f.make_category("repair", name_zh="维修", is_shared=True)
        heat = f.make_category("repair-heat", name_zh="暖气", parent=repair, is_shared=True)
        lift = f.make_category("repair-lift", name_zh="电梯", parent=repair, is_shared=True)
        beside = f.make_household(self.building, 1, "402")
        first = f.make_request(self.household, text="暖气一早就不热了，家里只有十五度。", category=heat)
        loose = f.make_request(beside, text="冷得受不了，请来修", category=repair, phone="19900000003")
        above = f.make_household(self.building, 1, "602")
        f.make_request(above, text="电梯停在三楼不动了", category=lift, phone="19900000004")
        again = f.make_request(above, text="从早上起就是冰的，请来看看。", category=heat, phone="19900000004")
        found = [twin.pk for twin, _score in likely_twins(first, managed_requests_for(Viewer(self.clerk)))]
        assert set(found) == {again.pk, loose.pk}

    def test_takes_a_bag_of_rice_each_for_two_things(self) -> None:
        food = f.make_category("groceries-food", name_zh="米面油和蔬菜", parent=self.category)
        beside = f.make_household(self.building, 1, "402")
        mine = f.make_request(self.household, text="家里没有米了，请帮忙买一袋米。", category=food)
        f.make_request(beside, text="面粉只剩一点了，想买一袋二十斤的。", category=food, phone="19900000003")
        assert likely_twins(mine, managed_requests_for(Viewer(self.clerk))) == []

    def test_finds_the_same_phone_whoever_of_the_two_it_belongs_to(self) -> None:
        mine = f.make_request(self.household, phone="19900000088")
        for_her = f.make_request(
            self.other_household, phone="", person_name="李奶奶", filer_name="王秀英", filer_phone="19900000088"
        )
        found = likely_twins(mine, managed_requests_for(Viewer(self.clerk)))
        assert [twin.pk for twin, _score in found] == [for_her.pk]

    def test_leaves_out_what_is_closed_or_long_ago(self) -> None:
        first = f.make_request(self.household)
        old = f.make_request(self.household)
        ServiceRequest.unscoped.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=30))
        again = f.make_request(self.household)
        found = likely_twins(again, managed_requests_for(Viewer(self.clerk)))
        assert [twin.pk for twin, _score in found] == [first.pk]

    def test_never_proposes_a_foreign_request(self) -> None:
        mine = f.make_request(self.household, phone="19900000001")
        f.make_request(self.foreign_household, phone="19900000001")
        assert likely_twins(mine, managed_requests_for(Viewer(self.clerk))) == []


@given(st.text(max_size=500), st.text(max_size=500))
def test_likeness_is_symmetric_and_bounded(one: str, other: str) -> None:
    assert 0.0 <= rule.likeness(one, other) <= 1.0
    assert rule.likeness(one, other) == rule.likeness(other, one)


class MergeTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.main, self.twin = f.make_request(self.household), f.make_request(self.household)

    def test_ends_the_twins_assignment_and_tells_its_resident(self) -> None:
        verbs.merge(self.twin, into=self.main, by=self.clerk, why="同一件事")
        twin = self.again(self.twin)
        assert (twin.state, twin.merged_into_id, twin.worker) == (State.MERGED, self.main.pk, None)
        assert not Assignment.objects.active().filter(service_request=twin).exists()
        assert self.main.events.filter(kind=EventKind.TWIN, other=twin).exists()
        assert Message.objects.filter(about=twin.code, key__contains=":merged:").exists()

    def test_takes_the_twins_of_a_twin_along(self) -> None:
        third = f.make_request(self.household)
        verbs.merge(third, into=self.twin, by=self.clerk)
        verbs.merge(self.again(self.twin), into=self.main, by=self.clerk)
        assert self.again(third).merged_into_id == self.main.pk

    def test_refuses_itself_a_closed_one_and_a_stale_copy(self) -> None:
        with pytest.raises(Refused):
            verbs.merge(self.main, into=self.main, by=self.clerk)
        stale = self.again(self.twin)
        verbs.merge(self.twin, into=self.main, by=self.clerk)
        with pytest.raises(Refused):
            verbs.merge(stale, into=self.main, by=self.clerk)
        with pytest.raises(Refused):
            verbs.merge(f.make_request(self.household), into=self.again(self.twin), by=self.clerk)

    def test_unmerge_gives_it_back_to_the_desk_with_its_clock(self) -> None:
        due = self.twin.due_at
        verbs.merge(self.twin, into=self.main, by=self.clerk)
        verbs.unmerge(self.again(self.twin), by=self.clerk)
        twin = self.again(self.twin)
        assert (twin.state, twin.merged_into, twin.due_at) == (State.ACCEPTED, None, due)

    def test_a_resolved_main_tells_the_twins_resident_too(self) -> None:
        verbs.merge(self.twin, into=self.main, by=self.clerk)
        resolve(self.again(self.main), by=self.worker, actor=Actor.WORKER, what_was_done="米已送到")
        assert Message.objects.filter(about=self.twin.code, key__contains=":resolved:").exists()

    def test_words_said_about_the_twin_reach_the_main_request(self) -> None:
        verbs.merge(self.twin, into=self.main, by=self.clerk)
        add_words(self.again(self.twin), text="还要一桶油")
        told = self.main.events.get(note="还要一桶油")
        assert (told.other_id, told.is_public) == (self.twin.pk, False)


class ComparePageTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.main, self.twin = f.make_request(self.household), f.make_request(self.household)
        self.url = reverse("twins") + f"?codes={self.main.code}"

    def test_shows_the_likely_twin_beside_it(self) -> None:
        self.sign_in(self.clerk)
        self.assertContains(self.client.get(self.url), self.twin.code_label)

    def test_says_of_each_what_decides(self) -> None:
        pills = NewItem(self.category, "降压药")
        twin = f.make_request(self.household, urgency=Urgency.URGENT, items=(pills, NewItem(self.category, "大米")))
        photo = store([take_photo(f.make_upload(), 1_000)], service_request=twin)[0]
        self.sign_in(self.clerk)
        page = self.client.get(self.url)
        for words in ("降压药", twin.get_urgency_display(), reverse("request-photo", args=[twin.code, photo.uid])):
            self.assertContains(page, words)
        column = next(each for each in page.context["columns"] if each.row.pk == twin.pk)
        assert column.clock
        assert column.alike
        labels = dict(page.context["form"].fields["into"].choices)
        assert twin.address in labels[twin.code]
        assert str(self.category) in labels[twin.code]

    def test_is_told_on_the_page_of_the_request_without_a_statement_more_there(self) -> None:
        self.sign_in(self.clerk)
        self.assertContains(self.client.get(reverse("request", args=[self.main.code])), f'hx-get="{self.url}"')
        part = self.client.get(self.url, headers={"HX-Request": "true"})
        self.assertContains(part, self.twin.code_label)
        self.assertNotContains(part, "<html")
        self.sign_in(self.worker)
        self.assertNotContains(self.client.get(reverse("request", args=[self.main.code])), self.url)

    def test_takes_the_same_few_statements_for_one_twin_and_for_five(self) -> None:
        self.sign_in(self.clerk)
        self.client.get(self.url)
        with self.assertNumQueries(6):  # session, user, appointments, the request, its twins, their parts
            self.client.get(self.url)
        for _number in range(4):
            f.make_request(self.household)
        with self.assertNumQueries(6):
            self.client.get(self.url)

    def test_leads_on_by_a_code_when_nothing_looks_alike(self) -> None:
        alone = f.make_request(self.other_household, text="楼道的灯坏了", phone="19900000002")
        self.sign_in(self.clerk)
        page = self.client.get(reverse("twins"), {"codes": alone.code})
        self.assertContains(page, 'name="code"', count=2)
        beside = self.client.get(reverse("twins"), {"code": [alone.code, self.main.code_label]})
        self.assertContains(beside, 'name="into"', count=2)
        self.assertContains(self.client.get(reverse("twins")), 'name="code"', count=2)

    def test_joins_what_was_ticked(self) -> None:
        self.sign_in(self.clerk)
        data = {"codes": self.main.code, "twin": [self.main.code, self.twin.code], "into": self.main.code}
        response = self.client.post(reverse("twins"), data)
        self.assertRedirects(response, reverse("request", args=[self.main.code]), 303, fetch_redirect_response=False)
        assert self.again(self.twin).merged_into_id == self.main.pk

    def test_says_what_is_missing_and_keeps_the_words(self) -> None:
        self.sign_in(self.clerk)
        data = {"codes": self.main.code, "twin": [self.main.code], "into": self.main.code, "why": "一样的"}
        response = self.client.post(reverse("twins"), data)
        self.assertContains(response, "一样的", status_code=422)
        assert self.again(self.twin).state != State.MERGED

    def test_a_foreign_request_does_not_exist_here(self) -> None:
        foreign = f.make_request(self.foreign_household)
        self.sign_in(self.clerk)
        response = self.client.get(reverse("twins") + f"?codes={foreign.code},{self.main.code}")
        self.assertNotContains(response, foreign.code_label)

    def test_malformed_codes_are_harmless(self) -> None:
        self.sign_in(self.clerk)
        assert self.client.get(reverse("twins") + "?codes=%00,<script>," + "A" * 3000).status_code == 200

    def test_is_the_desks_alone(self) -> None:
        self.sign_in(self.worker)
        assert self.client.get(self.url).status_code == 403
        self.sign_in(self.clerk)
        assert self.client.put(self.url).status_code == 405

    def test_unmerge_separates_by_post_only(self) -> None:
        verbs.merge(self.twin, into=self.main, by=self.clerk)
        self.sign_in(self.clerk)
        url = reverse("request-unmerge", args=[self.twin.code])
        assert self.client.get(url).status_code == 405
        assert self.client.post(url).status_code == 303
        assert self.again(self.twin).state == State.ACCEPTED

    def test_unmerge_is_a_button_of_the_joined_request_for_whoever_manages_it(self) -> None:
        verbs.merge(self.twin, into=self.main, by=self.clerk)
        button = f'action="{reverse("request-unmerge", args=[self.twin.code])}"'
        self.sign_in(self.clerk)
        self.assertContains(self.client.get(reverse("request", args=[self.twin.code])), button)
        self.assertNotContains(self.client.get(reverse("request", args=[self.main.code])), "/unmerge/")
        self.sign_in(self.worker)
        self.assertNotContains(self.client.get(reverse("request", args=[self.twin.code])), "/unmerge/")
