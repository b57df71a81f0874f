"""Every model of the core, one noun a file; import them from here."""

from .appointments import Appointment, Role
from .assignments import Assignment, EndReason, Responsibility
from .campaigns import CAMPAIGN_TRANSITIONS, Campaign, CampaignState, LegalBasis
from .care import CareRule, Means, NeedKind, ResidentNeed
from .categories import Category
from .clocks import ClockRule, EscalationLevel, HouseRules, SpecialDay
from .destruction import Deed, Destruction, DestructionState, DoomedFile, Tombstone
from .drafts import DRAFT_LIFE, RequestDraft
from .events import Actor, EventKind, RequestEvent
from .households import CareColour, Household, HouseholdPhone, Presence, Relation, Resident, Sex
from .invitations import Invitation
from .life_events import FileChange, LifeEvent, LifeKind
from .openings import Opening, OpeningAllowance, OpeningReason, OpeningRule, Sealed
from .photos import PHOTOS_A_REQUEST, Photo
from .places import Building, Compound, Grid, Level, Region
from .request_states import (
    ARE_OPEN_OR_RESOLVED,
    OPEN_STATES,
    TRANSITIONS,
    UNASSIGNED_STATES,
    WITH_WORKER_STATES,
    Consent,
    Outcome,
    Rating,
    Source,
    State,
    Urgency,
)
from .requests import TEXT_LENGTH, ItemState, RequestItem, ServiceRequest
from .retention import DueRow, RetentionRule, Subject
from .visits import Finding, Visit, VisitCheck, VisitMeans, VisitResult

__all__ = [
    "ARE_OPEN_OR_RESOLVED",
    "CAMPAIGN_TRANSITIONS",
    "DRAFT_LIFE",
    "OPEN_STATES",
    "PHOTOS_A_REQUEST",
    "TEXT_LENGTH",
    "TRANSITIONS",
    "UNASSIGNED_STATES",
    "WITH_WORKER_STATES",
    "Actor",
    "Appointment",
    "Assignment",
    "Building",
    "Campaign",
    "CampaignState",
    "CareColour",
    "CareRule",
    "Category",
    "ClockRule",
    "Compound",
    "Consent",
    "Deed",
    "Destruction",
    "DestructionState",
    "DoomedFile",
    "DueRow",
    "EndReason",
    "EscalationLevel",
    "EventKind",
    "FileChange",
    "Finding",
    "Grid",
    "HouseRules",
    "Household",
    "HouseholdPhone",
    "Invitation",
    "ItemState",
    "LegalBasis",
    "Level",
    "LifeEvent",
    "LifeKind",
    "Means",
    "NeedKind",
    "Opening",
    "OpeningAllowance",
    "OpeningReason",
    "OpeningRule",
    "Outcome",
    "Photo",
    "Presence",
    "Rating",
    "Region",
    "Relation",
    "RequestDraft",
    "RequestEvent",
    "RequestItem",
    "Resident",
    "ResidentNeed",
    "Responsibility",
    "RetentionRule",
    "Role",
    "Sealed",
    "ServiceRequest",
    "Sex",
    "Source",
    "SpecialDay",
    "State",
    "Subject",
    "Tombstone",
    "Urgency",
    "Visit",
    "VisitCheck",
    "VisitMeans",
    "VisitResult",
]
