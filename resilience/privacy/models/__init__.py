"""Every model of this area; import them from here."""

from .consents import CHILD_UNTIL, Answer, Consent, ConsentText, Given, Guardian, How, Purpose
from .data_requests import (
    ANSWERED_WITHIN,
    AUTHORITY_LENGTH,
    FETCHED_WITHIN,
    NAME_LENGTH,
    NEAR,
    WORDS_LENGTH,
    Asker,
    DataRequest,
    DataRequestQuerySet,
    Identity,
    Kind,
    Refusal,
    RequestState,
    Warned,
)

__all__ = [
    "ANSWERED_WITHIN",
    "AUTHORITY_LENGTH",
    "CHILD_UNTIL",
    "FETCHED_WITHIN",
    "NAME_LENGTH",
    "NEAR",
    "WORDS_LENGTH",
    "Answer",
    "Asker",
    "Consent",
    "ConsentText",
    "DataRequest",
    "DataRequestQuerySet",
    "Given",
    "Guardian",
    "How",
    "Identity",
    "Kind",
    "Purpose",
    "Refusal",
    "RequestState",
    "Warned",
]
