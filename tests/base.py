"""The cast of every test: one community at work, and a neighbouring one whose data must never show.

Home: community `home`, grids `grid` and `other_grid`; `worker` serves `grid`, `colleague` serves `other_grid`,
`lead` leads both grids, `clerk` is community staff, `admin` administrator. Wang's household (`household`, worker
responsible) is in `grid`; Li's (`other_household`, colleague responsible) in `other_grid`.
Away: community `away` with `foreign_household`, `foreign_worker`, `foreign_clerk`.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.core.cache import cache
from django.test import Client, TestCase
from django.urls import reverse

from households import phone_proof, reference
from households.models import ServiceRequest
from households.viewer import Viewer
from resilience.accounts.models import User
from resilience.lib.http import AuthedRequest
from resilience.lib.policies import policy_named

from . import factories as f

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response
else:
    from django.http import HttpResponse as Response  # what `self.client` gives, with all that it adds


def asking(url_name: str, user: User) -> AuthedRequest:
    """What `access` looks at of a request for that address."""
    return cast(AuthedRequest, SimpleNamespace(viewer=Viewer(user), policy=policy_named(url_name)))


def open_message(client: Client, service_request: ServiceRequest) -> Response:
    """Open the link in the text message that went to who asked."""
    path = reverse("track-by-message", args=[service_request.token, phone_proof.key_of(service_request)])
    return client.get(path, secure=settings.SESSION_COOKIE_SECURE)


class CastTestCase(TestCase):
    """Django's TestCase with the cast. Signed in as nobody; `self.sign_in(user)`."""

    @classmethod
    def setUpTestData(cls) -> None:
        reference.forget()
        cls.home = f.make_community()
        cls.grid, cls.other_grid = f.make_grid(cls.home, 1), f.make_grid(cls.home, 2)
        cls.building = f.make_building(cls.grid)
        cls.other_building = f.make_building(cls.other_grid, "西园小区2号楼")
        cls.worker = f.make_worker("worker", cls.grid, "马晓兰")
        cls.colleague = f.make_worker("colleague", cls.other_grid, "赵建国")
        cls.lead = f.make_lead("lead", cls.grid, "孙玉梅")
        cls.clerk = f.make_staff("clerk", cls.home, "陈静")
        cls.admin = f.make_user("admin", "管理员", is_staff=True, is_superuser=True)
        cls.category = f.make_category()
        cls.household = f.make_household(cls.building, 1, "502")
        cls.wang = f.make_resident(cls.household, "王秀英", is_contact=True, phone="19900000001")
        cls.other_household = f.make_household(cls.other_building, 2, "301")
        cls.li = f.make_resident(cls.other_household, "李国强", is_contact=True, phone="19900000002", sex="m")
        f.make_responsible(cls.household, cls.worker)
        f.make_responsible(cls.other_household, cls.colleague)
        cls.away = f.make_community("620103002001", "别处社区")
        foreign_grid = f.make_grid(cls.away, 1)
        cls.foreign_worker = f.make_worker("foreign_worker", foreign_grid, "远方")
        cls.foreign_clerk = f.make_staff("foreign_clerk", cls.away, "外人")
        cls.foreign_building = f.make_building(foreign_grid, "别处小区9号楼")
        cls.foreign_household = f.make_household(cls.foreign_building, 1, "909", floor=9)
        cls.zhang = f.make_resident(cls.foreign_household, "张不可见", is_contact=True, phone="19900000099")
        f.make_responsible(cls.foreign_household, cls.foreign_worker)

    def setUp(self) -> None:
        reference.forget()
        cache.clear()

    def sign_in(self, user: User) -> None:
        self.client.force_login(user)

    def again(self, service_request: ServiceRequest) -> ServiceRequest:
        """The row as it is in the database now, with what verbs need loaded."""
        return ServiceRequest.unscoped.select_related("category__parent", "worker", "community").get(
            pk=service_request.pk
        )
