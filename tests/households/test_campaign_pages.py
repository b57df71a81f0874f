"""/campaigns/…: opened, closed, looked at, destroyed with a second person's word, certified."""

from __future__ import annotations

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from households import certificates
from households.actions import campaigns as verbs
from households.actions import destruction as ending
from households.models import (
    Campaign,
    CampaignState,
    Destruction,
    DestructionState,
    HouseRules,
    RequestEvent,
    ServiceRequest,
    Tombstone,
)
from households.reference import forget
from resilience.accounts.models import User
from resilience.lib.dates import today
from tests import factories as f
from tests.base import CastTestCase
from tests.households import purging as p


class CampaignPages(CastTestCase):
    second: User

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        cls.second = f.make_staff("second", cls.home, "周敏")

    def setUp(self) -> None:
        super().setUp()
        self.campaign = f.make_campaign(
            self.home, by=self.clerk, categories=[self.category], need_kinds=[f.make_need_kind()], takes_visits=True
        )
        self.sign_in(self.clerk)

    def url(self, step: str = "") -> str:
        return reverse(f"campaign-{step}" if step else "campaign", args=[self.campaign.uid])

    def close(self) -> None:
        verbs.close(self.campaign, by=self.clerk)
        Campaign.objects.filter(pk=self.campaign.pk).update(closed_at=timezone.now() - p.LATER)

    def again_campaign(self) -> Campaign:
        return Campaign.objects.get(pk=self.campaign.pk)


class NewTests(CampaignPages):
    def form(self, **changes: object) -> dict[str, object]:
        return {
            "name": "暴雪保供", "region": self.home.code, "purpose": "大雪封路期间送菜送药", "legal_basis": "emergency",
            "planned_end_date": (today() + timedelta(days=20)).isoformat(), "categories": ["groceries"], **changes,
        }  # fmt: skip

    def test_it_opens_one_and_leads_to_its_page(self) -> None:
        response = self.client.post(reverse("campaign-new"), self.form())
        made = Campaign.objects.get(name="暴雪保供")
        self.assertRedirects(response, reverse("campaign", args=[made.uid]), status_code=303)
        assert (made.region, made.opened_by, list(made.categories.all())) == (self.home, self.clerk, [self.category])

    def test_it_says_beside_the_field_what_is_wrong_and_keeps_what_was_typed(self) -> None:
        for changes, field in (
            ({"name": ""}, "name"),
            ({"name": self.campaign.name}, "name"),
            ({"categories": []}, "categories"),
            ({"planned_end_date": "2020-01-01"}, "planned_end_date"),
            ({"planned_end_date": "9999-01-01"}, "planned_end_date"),
            ({"region": self.away.code}, "region"),
            ({"legal_basis": "because"}, "legal_basis"),
        ):
            with self.subTest(field=field, changes=changes):
                response = self.client.post(reverse("campaign-new"), self.form(**changes))
                assert response.status_code == 422
                assert list(response.context["form"].errors) == [field]
                self.assertContains(response, "大雪封路期间送菜送药", status_code=422)

    def test_it_is_the_offices_alone(self) -> None:
        for user in (self.worker, self.lead):
            self.sign_in(user)
            assert self.client.post(reverse("campaign-new"), self.form()).status_code == 403


class SeenTests(CampaignPages):
    def test_the_list_names_those_of_ones_places_and_of_wider_ones(self) -> None:
        wide = f.make_campaign(self.home.parent.parent, "全区行动", by=self.admin, takes_visits=True)
        f.make_campaign(self.away, "别处行动", by=self.admin, takes_visits=True)
        response = self.client.get(reverse("campaigns"))
        self.assertContains(response, self.campaign.name)
        self.assertContains(response, wide.name)
        self.assertNotContains(response, "别处行动")

    def test_one_of_a_wider_place_is_seen_and_not_decided_about(self) -> None:
        wide = f.make_campaign(self.home.parent.parent, "全区行动", by=self.admin, takes_visits=True)
        page = self.client.get(reverse("campaign", args=[wide.uid]))
        self.assertNotContains(page, reverse("campaign-close", args=[wide.uid]))
        assert self.client.post(reverse("campaign-close", args=[wide.uid])).status_code == 403

    def test_its_page_counts_what_it_has(self) -> None:
        f.make_request(self.household)
        tally = self.client.get(self.url()).context["tally"]
        assert (tally["open"], tally["finished"], tally["visits"], tally["needs"]) == (1, 0, 0, 0)

    def test_a_request_of_it_says_so_on_its_page(self) -> None:
        filed = f.make_request(self.household)
        self.assertContains(self.client.get(reverse("request", args=[filed.code])), self.campaign.name)


class EndTests(CampaignPages):
    def test_it_closes_once(self) -> None:
        self.assertRedirects(self.client.post(self.url("close")), self.url(), status_code=303)
        assert self.again_campaign().state == CampaignState.CLOSING
        assert self.client.post(self.url("close")).status_code == 422

    def test_the_preview_says_exactly_what_then_happens(self) -> None:
        canaries = p.Canaries()
        for _number in range(3):
            filed = p.plant_request(canaries, self.campaign, self.household, self.worker)
            visit = p.plant_visit(canaries, self.campaign, self.household, self.worker)
            p.plant_need(canaries, self.campaign, self.household, self.worker)
            p.plant_photo(service_request=filed)
            p.plant_photo(visit=visit)
        self.close()
        lines = self.client.get(self.url("preview")).context["preview"].lines
        destruction = ending.ask(self.campaign, by=self.clerk, typed=self.campaign.name)
        ending.approve(destruction, by=self.second)
        p.run()
        done = {(table, deed): n for table, row in certificates.counts(destruction).items() for deed, n in row.items()}
        assert {(line.label, line.deed): line.count for line in lines} == done

    def test_open_requests_stand_in_the_way_until_they_end_or_are_let_go(self) -> None:
        filed = f.make_request(self.household)
        self.close()
        self.assertContains(self.client.get(self.url("preview")), filed.code_label)
        refused = self.client.post(self.url("destroy"), {"typed": self.campaign.name})
        assert refused.status_code == 422
        unexplained = self.client.post(self.url("preview"), {"codes": [filed.code], "why": ""})
        assert list(unexplained.context["form"].errors) == ["why"]
        self.client.post(self.url("preview"), {"codes": [filed.code], "why": "老人还要每天送饭"})
        assert self.again(filed).campaign_id is None
        assert RequestEvent.unscoped.filter(service_request=filed, note="老人还要每天送饭", is_public=False).exists()
        assert self.client.post(self.url("destroy"), {"typed": self.campaign.name}).status_code == 303

    def test_nobody_lets_a_request_of_another_campaign_go(self) -> None:
        other = f.make_request(self.foreign_household)
        response = self.client.post(self.url("preview"), {"codes": [other.code], "why": "因"})
        assert list(response.context["form"].errors) == ["codes"]

    def test_it_wants_the_name_typed_and_the_campaign_closed(self) -> None:
        running = self.client.post(self.url("destroy"), {"typed": self.campaign.name})
        assert running.status_code == 422
        self.close()
        wrong = self.client.post(self.url("destroy"), {"typed": "防疫"})
        assert list(wrong.context["form"].errors) == ["typed"]
        assert not Destruction.objects.exists()

    def test_whoever_asked_cannot_approve_it_themselves(self) -> None:
        self.close()
        self.client.post(self.url("destroy"), {"typed": self.campaign.name})
        assert self.client.post(self.url("approve"), {"step": "approve"}).status_code == 422
        self.sign_in(self.second)
        self.assertRedirects(self.client.post(self.url("approve"), {"step": "approve"}), self.url(), status_code=303)
        destruction = Destruction.objects.get()
        assert (destruction.state, destruction.approved_by) == (DestructionState.APPROVED, self.second)

    def test_one_person_is_enough_where_the_house_says_so(self) -> None:
        HouseRules.objects.update_or_create(pk=1, defaults={"destruction_needs_second": False})
        forget()
        self.close()
        self.client.post(self.url("destroy"), {"typed": self.campaign.name})
        assert Destruction.objects.get().state == DestructionState.APPROVED

    def test_community_staff_cannot_switch_the_second_person_off(self) -> None:
        rules, _made = HouseRules.objects.get_or_create(pk=1)
        url = reverse("admin:households_houserules_change", args=[rules.pk])
        assert "destruction_needs_second" not in self.client.get(url).context["adminform"].form.fields
        self.sign_in(self.admin)
        assert "destruction_needs_second" in self.client.get(url).context["adminform"].form.fields

    def test_it_can_be_withdrawn_before_it_is_approved_and_not_after(self) -> None:
        self.close()
        self.client.post(self.url("destroy"), {"typed": self.campaign.name})
        self.client.post(self.url("approve"), {"step": "withdraw"})
        assert not Destruction.objects.exists()
        self.client.post(self.url("destroy"), {"typed": self.campaign.name})
        ending.approve(Destruction.objects.get(), by=self.second)
        assert self.client.post(self.url("approve"), {"step": "withdraw"}).status_code == 422

    def test_a_legal_hold_keeps_it_whatever_was_approved(self) -> None:
        visit = p.plant_visit(p.Canaries(), self.campaign, self.household, self.worker)
        p.approved(self.campaign, by=self.clerk, second=self.second)
        until = (today() + timedelta(days=9)).isoformat()
        self.client.post(self.url("hold"), {"why": "法院调查", "until_date": until})
        assert p.run() == 0
        assert type(visit)._base_manager.filter(pk=visit.pk).exists()
        self.assertContains(self.client.get(self.url()), "法院调查")
        self.client.post(self.url("hold"), {"step": "lift"})
        assert p.run() > 0
        assert not type(visit)._base_manager.filter(pk=visit.pk).exists()

    def test_a_hold_says_why_and_until_when(self) -> None:
        for data, field in (
            ({"until_date": "2027-01-01"}, "why"),
            ({"why": "案", "until_date": "2020-01-01"}, "until_date"),
        ):
            response = self.client.post(self.url("hold"), data)
            assert list(response.context["form"].errors) == [field]

    def test_what_another_running_campaign_collects_too_is_kept_for_it(self) -> None:
        other = f.make_campaign(self.home, "长期照护", by=self.clerk, categories=[self.category])
        canaries = p.Canaries()
        filed = p.plant_request(canaries, self.campaign, self.household, self.worker)
        visit = p.plant_visit(canaries, self.campaign, self.household, self.worker)
        p.approved(self.campaign, by=self.clerk, second=self.second)
        kept = self.client.get(self.url("preview")).context["preview"].kept
        assert [(line.label, line.count) for line in kept] == [("households.servicerequest", 1)]
        p.run()
        assert ServiceRequest.unscoped.get(pk=filed.pk).campaign == other
        assert self.again(filed).text
        assert not type(visit)._base_manager.filter(pk=visit.pk).exists()

    def test_it_need_not_wait_after_its_closing_for_nothing_can_come_in_any_more(self) -> None:
        visit = p.plant_visit(p.Canaries(), self.campaign, self.household, self.worker)
        p.approved(self.campaign, by=self.clerk, second=self.second)
        Campaign.objects.update(closed_at=timezone.now())
        assert p.run() > 0
        assert not type(visit)._base_manager.filter(pk=visit.pk).exists()


class CertificateTests(CampaignPages):
    def setUp(self) -> None:
        super().setUp()
        p.plant_request(p.Canaries(), self.campaign, self.household, self.worker)
        self.destruction = p.approved(self.campaign, by=self.clerk, second=self.second)
        p.run()  # in a test's transaction the database's file cannot be written anew, so it is not certified by itself
        ending.certify(self.destruction)
        self.destruction.refresh_from_db()

    def test_it_prints_counts_hashes_and_who(self) -> None:
        response = self.client.get(self.url("certificate"))
        for words in (self.destruction.hash, self.destruction.rows_hash, "陈静", "周敏", self.campaign.purpose, "<svg"):
            self.assertContains(response, words)
        assert response.context["is_whole"]

    def test_it_fits_the_digests_and_tells_when_one_was_taken_away_added_or_the_words_changed(self) -> None:
        def found() -> list[str]:
            fresh = Destruction.objects.select_related("campaign__region", "asked_by", "approved_by").get()
            return certificates.faults(fresh)

        assert found() == []
        Tombstone.objects.filter(pk=Tombstone.objects.first().pk).update(digest="0" * 32)  # type: ignore[union-attr]
        assert found() == ["rows_hash"]
        Tombstone.objects.filter(digest="0" * 32).delete()
        assert found() == ["counts", "rows_hash"]
        Campaign.objects.update(purpose="别的用途")
        assert "hash" in found()

    def test_it_is_one_chain(self) -> None:
        later = f.make_campaign(self.home, "第二次", by=self.clerk, takes_visits=True)
        second = p.approved(later, by=self.clerk, second=self.second)
        ending.certify(second)
        second.refresh_from_db()
        assert second.previous_hash == self.destruction.hash
        assert certificates.faults(second) == []

    def test_there_is_none_before_it_is_done(self) -> None:
        other = f.make_campaign(self.home, "进行中", by=self.clerk, takes_visits=True)
        assert self.client.get(reverse("campaign-certificate", args=[other.uid])).status_code == 404
