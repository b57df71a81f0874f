"""The one error channel of the verbs."""

from __future__ import annotations


class Refused(Exception):
    """A verb's no: a translated sentence for the person. `field` names the form field it is about, if one."""

    def __init__(self, sentence: str, *, field: str | None = None) -> None:
        super().__init__(sentence)
        self.field = field


class TooMany(Refused):
    """Too often in too short a time. `wait`: seconds until another try may do; see `accounts.limits`."""

    def __init__(self, sentence: str, *, wait: int) -> None:
        super().__init__(sentence)
        self.wait = wait
