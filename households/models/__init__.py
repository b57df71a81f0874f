"""Every model of the core, one noun a file; import them from here."""

from .appointments import Appointment, Role
from .assignments import Assignment, EndReason, Responsibility
from .care import CareRule, Means, NeedKind, ResidentNeed
from .categories import Category
from .clocks import ClockRule, EscalationLevel, HouseRules, SpecialDay
from .drafts import DRAFT_LIFE, RequestDraft
from .households import (
    CareColour,
    FileChange,
    Household,
    HouseholdPhone,
    LifeEvent,
    LifeKind,
    Presence,
    Relation,
    Resident,
    Sex,
)
from .photos import PHOTOS_A_REQUEST, Photo
from .places import Building, Compound, Grid, Level, Region
from .requests import (
    OPEN_STATES,
    TEXT_LENGTH,
    TRANSITIONS,
    UNASSIGNED_STATES,
    WITH_WORKER_STATES,
    Actor,
    Consent,
    EventKind,
    ItemState,
    Outcome,
    Rating,
    RequestEvent,
    RequestItem,
    ServiceRequest,
    Source,
    State,
    Urgency,
)
from .visits import Finding, Visit, VisitCheck, VisitMeans, VisitResult

__all__ = [name for name in dir() if name[0].isupper()]
