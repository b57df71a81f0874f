"""Every address of the core, grouped by who goes there."""

from __future__ import annotations

from django.urls import path

from .views import (
    assignments,
    calls,
    desk,
    home,
    households,
    life_events,
    people,
    requests,
    residents,
    round,
    tracking,
    twins,
)

urlpatterns = [
    # anybody
    path("", home.home, name="home"),
    # residents, by a code, a link or their door
    path("track/<str:token>/", tracking.track, name="track"),
    # workers
    path("round/", round.my_round, name="round"),
    path("households/<uuid:uid>/door/", round.door, name="household-door"),
    # the desk
    path("desk/", desk.desk, name="desk"),
    path("desk/twins/", twins.compare, name="twins"),
    path("desk/calls/", calls.calls, name="calls"),
    path("desk/calls/<str:code>/", calls.answer, name="call-answer"),
    path("desk/people/", people.people, name="people"),
    path("desk/people/<uuid:uid>/leave/", people.leave, name="person-leave"),
    # requests, for whoever may see them
    path("requests/<str:code>/", requests.page, name="request"),
    path("requests/<str:code>/accept/", assignments.accept, name="request-accept"),
    path("requests/<str:code>/start/", assignments.start, name="request-start"),
    path("requests/<str:code>/decline/", assignments.decline, name="request-decline"),
    path("requests/<str:code>/hand-over/", assignments.hand_over, name="request-hand-over"),
    path("requests/<str:code>/assign/", assignments.assign, name="request-assign"),
    path("requests/<str:code>/take-up/", requests.take_up, name="request-take-up"),
    path("requests/<str:code>/reply/", requests.reply, name="request-reply"),
    path("requests/<str:code>/note/", requests.note, name="request-note"),
    path("requests/<str:code>/pause/", requests.pause, name="request-pause"),
    path("requests/<str:code>/resume/", requests.resume, name="request-resume"),
    path("requests/<str:code>/item/", requests.item, name="request-item"),
    path("requests/<str:code>/resolve/", requests.resolve, name="request-resolve"),
    path("requests/<str:code>/edit/", requests.edit, name="request-edit"),
    path("requests/<str:code>/reject/", requests.reject, name="request-reject"),
    path("requests/<str:code>/reopen/", requests.reopen, name="request-reopen"),
    path("requests/<str:code>/cancel/", requests.cancel, name="request-cancel"),
    path("requests/<str:code>/unmerge/", twins.unmerge, name="request-unmerge"),
    # the register
    path("households/<uuid:uid>/", households.page, name="household"),
    path("households/<uuid:uid>/amend/", households.amend, name="household-amend"),
    path("households/<uuid:uid>/confirm/", households.confirm, name="household-confirm"),
    path("households/<uuid:uid>/phones/add/", households.add_phone, name="household-phone-add"),
    path("households/<uuid:uid>/phones/remove/", households.remove_phone, name="household-phone-remove"),
    path("households/<uuid:uid>/responsible/", households.responsible, name="household-responsible"),
    path("households/<uuid:uid>/close/", households.close, name="household-close"),
    path("households/<uuid:uid>/people/add/", residents.add, name="resident-add"),
    path("households/<uuid:uid>/events/<slug:what>/", life_events.of_household, name="household-event"),
    path("residents/<uuid:uid>/", residents.page, name="resident"),
    path("residents/<uuid:uid>/amend/", residents.amend, name="resident-amend"),
    path("residents/<uuid:uid>/needs/add/", residents.add_need, name="need-add"),
    path("residents/<uuid:uid>/needs/end/", residents.end_need, name="need-end"),
    path("residents/<uuid:uid>/events/<slug:what>/", life_events.of_resident, name="resident-event"),
    path("buildings/<uuid:uid>/open/", households.open_file, name="building-open-door"),
]
