"""What is kept of households, of those who live there and of what they ask for."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from resilience.accounts.data_map import STAFF
from resilience.audit.data_map import AUDIT
from resilience.lib.classified import CONSENT, DUTY, RULES, SAFETY, Map, Retention, Use, classify

OF_THE_FILE = Retention("file", _("while the household's file is kept"))
OF_THE_REQUEST = Retention("request", _("while the household's file is kept; without a file, while staff need it"))

FILE = Use(
    title=_("Your household's file"),
    what=_("Who lives behind the door: names, year or day of birth, phones, ID numbers, how you belong together."),
    purpose=_("So that the worker who answers for your door knows whom to look after and how to reach you."),
    basis=DUTY,
    retention=OF_THE_FILE,
    seen_by=_("the worker of your grid, their lead, and the staff of your community"),
)
CARE = Use(
    title=_("What help somebody needs"),
    what=_("For instance living alone at an advanced age, dialysis or a disability, and what to mind."),
    purpose=_("So that somebody comes or calls often enough, and in an emergency first."),
    basis=CONSENT,
    retention=OF_THE_FILE,
    seen_by=_("the worker of your grid, their lead, and the staff of your community"),
)
VISITS = Use(
    title=_("Visits and calls"),
    what=_("When somebody came or called, whether all was well, a note and a photo if there was reason for one."),
    purpose=_("So that what was found is seen to, and nobody is forgotten."),
    basis=DUTY,
    retention=OF_THE_FILE,
    seen_by=_("the worker of your grid, their lead, and the staff of your community"),
)
REQUESTS = Use(
    title=_("What you ask for"),
    what=_("Your words and photos, for whom, where, how to reach you, and all that was done."),
    purpose=_("So that one named person helps, and you can follow it."),
    basis=CONSENT,
    retention=OF_THE_REQUEST,
    seen_by=_("who helps, their lead, and the staff of your community; you, with your code"),
)
DRAFTS = Use(
    title=_("A form you have not sent"),
    what=_("What you have typed so far, sealed."),
    purpose=_("So that nothing you typed is lost when the connection is."),
    basis=CONSENT,
    retention=Retention("draft", _("24 hours after it was begun"), days=1),
    seen_by=_("nobody but you"),
)
HISTORY = Use(
    title=_("What changed in a file"),
    what=_("Who changed what, when and why; who was born, died, moved in or out."),
    purpose=_("So that mistakes can be found and put right."),
    basis=DUTY,
    retention=OF_THE_FILE,
    seen_by=_("the worker of your grid, their lead, and the staff of your community"),
)
LOOKS = Use(
    title=_("Who opened your details"),
    what=_("Who looked at a phone number, an ID number or a note, when and why. Never the value."),
    purpose=_("So that you can read who looked, and nobody looks without a reason."),
    basis=SAFETY,
    retention=OF_THE_FILE,
    seen_by=_("you, with your code; the staff of your community and their supervisors"),
)
SEARCHED = _("Staff search for it by any part, so the index of the database must read it.")
COMPUTED = _("Says something of health, as a code: rounds, due days and lists are computed from it by the database.")
AS_THE_REQUEST = _("Repeats or answers the words of the request, which must stay searchable.")

MAP: Map = {
    "households.Region": classify(RULES, public="id code level name parent from_date until_date successor duty_phone"),
    "households.Grid": classify(RULES, internal="id code name community from_date until_date successor"),
    "households.Building": classify(
        RULES,
        public="name address",
        internal=(
            "id uid community grid storeys entrances has_lift built_year compound latitude longitude walk_order"
            " from_date until_date successor"
        ),
    ),
    "households.NeedKind": classify(RULES, public="id name_zh name_en code icon position is_active"),
    "households.CareRule": classify(RULES, internal="id kind colour every_days means from_date until_date"),
    "households.Category": classify(
        RULES,
        public="id name_zh name_en code parent icon position is_active in_working_hours goes_to_worker is_shared",
    ),
    "households.ClockRule": classify(
        RULES, internal="id category urgency respond_minutes resolve_minutes from_date until_date"
    ),
    "households.SpecialDay": classify(RULES, public="id date is_working name"),
    "households.HouseRules": classify(
        RULES,
        internal=(
            "id stale_after_days close_after_days reopen_within_days opens_at closes_at lead_after_minutes"
            " desk_after_minutes urgent_lead_after_minutes urgent_desk_after_minutes life_lead_after_minutes"
            " life_desk_after_minutes destruction_needs_second"
        ),
    ),
    "households.Invitation": classify(
        STAFF,
        internal="id uid token_digest role region grid from_date until_date by created_at expires_at accepted_at"
        " cancelled_at user",
        personal="name",
        sensitive="phone",
    ),
    "households.Appointment": classify(STAFF, internal="id user role region grid from_date until_date"),
    "households.Household": classify(
        FILE,
        internal=(
            "id uid community grid building entrance floor file_number door_key confirmed_at confirmed_by from_date"
            " until_date successor"
        ),
        personal="door contact care_colour last_contact_at next_due_date",
        sensitive="door_note",
        uses={"care_colour": CARE, "last_contact_at": VISITS, "next_due_date": CARE},
        reasons={
            "care_colour": COMPUTED,
            "door_key": _("Opens only the form, with the address filled in; a new one revokes it."),
        },
    ),
    "households.HouseholdPhone": classify(
        FILE, internal="id household", personal="label", sensitive="number number_index tail_index"
    ),
    "households.Resident": classify(
        FILE,
        internal="id uid created_at",
        personal=(
            "household registered_household stays_with away_until_date presence name birth_year birth_date sex relation"
        ),
        sensitive="registered_elsewhere phone phone_index phone_tail_index id_number id_number_index",
        reasons={
            "name": SEARCHED,
            "birth_date": _(
                "A plain day, so that the database can keep it within bounds; the age on every list is counted from it."
            ),
        },
    ),
    "households.ResidentNeed": classify(
        CARE,
        internal="id campaign",
        personal="resident kind since_date until_date last_met_date next_due_date",
        sensitive="note",
        reasons={"kind": COMPUTED},
    ),
    "households.Responsibility": classify(STAFF, internal="id household worker started_at ended_at by"),
    "households.ServiceRequest": classify(
        REQUESTS,
        internal=(
            "id code token submission_key community grid building category urgency source state language worker"
            " created_at updated_at clock_started_at paused_seconds respond_by_at resolve_by_at due_at paused_at"
            " responded_at resolved_at closed_at escalation reopened merged_into is_excluded filed_by campaign"
            " anonymised_at"
        ),
        personal="household address text person_name filer_name consent outcome rating",
        sensitive="phone phone_index filer_phone filer_phone_index",
        reasons={
            "text": SEARCHED,
            "person_name": SEARCHED,
            "filer_name": SEARCHED,
            "address": SEARCHED,
            "token": _("Whoever has the link has the request: it is in no log and on no list."),
        },
    ),
    "households.RequestItem": classify(
        REQUESTS,
        internal="id service_request category state every_days next_date",
        personal="words",
        reasons={"words": AS_THE_REQUEST},
    ),
    "households.RequestEvent": classify(
        REQUESTS,
        internal="id service_request at kind actor by from_state to_state to_worker other is_public key",
        personal="note details",
        reasons={"note": AS_THE_REQUEST, "details": AS_THE_REQUEST},
    ),
    "households.Assignment": classify(
        REQUESTS,
        internal="id service_request worker by started_at accepted_at ended_at end_reason",
        personal="note",
        reasons={"note": AS_THE_REQUEST},
    ),
    "households.RequestDraft": classify(DRAFTS, internal="key created_at", personal="household", sensitive="answers"),
    "households.LifeEvent": classify(
        HISTORY,
        internal="id reported_at by",
        personal="household resident kind happened_date other_household",
        sensitive="elsewhere note",
    ),
    "households.FileChange": classify(
        HISTORY, internal="id household resident need at by action", sensitive="changes why"
    ),
    "households.Visit": classify(
        VISITS,
        internal="id uid key community grid worker means recorded_at due_date service_request campaign",
        personal="household result finding happened_at",
        sensitive="note",
    ),
    "households.VisitCheck": classify(
        VISITS, internal="id visit due_date", personal="need", reasons={"need": COMPUTED}
    ),
    "households.Campaign": classify(
        RULES,
        internal=(
            "id uid name region purpose legal_basis legal_reference takes_visits from_date planned_end_date state"
            " opened_by opened_at closed_by closed_at ended_at hold_why hold_by hold_until_date categories need_kinds"
        ),
    ),
    "households.Campaign_categories": classify(RULES, internal="id campaign category"),
    "households.Campaign_need_kinds": classify(RULES, internal="id campaign needkind"),
    "households.RetentionRule": classify(RULES, internal="id subject keep_days from_date until_date written_at"),
    "households.DueRow": classify(RULES, internal="id subject row listed_at"),
    "households.Destruction": classify(
        AUDIT,
        internal=(
            "id uid campaign state needs_second asked_by asked_at approved_by approved_at finished_at tool_version"
            " counts rows_hash previous_hash hash"
        ),
    ),
    "households.Tombstone": classify(AUDIT, internal="id table digest deed destruction rule at written_at"),
    "households.DoomedFile": classify(AUDIT, internal="id name destruction tries last_error since_at"),
    "households.Opening": classify(
        LOOKS,
        internal=(
            "id by role community grid fields reason opened_at last_at times is_over is_elsewhere is_at_night"
            " is_namesake part_of"
        ),
        personal="household resident service_request about",
        sensitive="words",
    ),
    "households.OpeningRule": classify(RULES, internal="id role alarm_after stop_after"),
    "households.OpeningAllowance": classify(STAFF, internal="id user by community until_at"),
    "households.Photo": classify(
        REQUESTS,
        internal="id uid draft_key service_request event visit width height is_public by created_at",
        personal="image",
        reasons={
            "image": _("A file: stripped of place and camera, served only to who may see what it belongs to."),
        },
    ),
}
