"""Log lines name nobody; and the plugin that reads all of them does find whom they name."""

from __future__ import annotations

import logging
import sys
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.db import IntegrityError
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils.log import log_response

from resilience.lib.logs import NamelessFormatter, shape
from tests.base import CastTestCase
from tests.canaries import plant
from tests.leaks import NUMBERS, Collector, found_in

pytestmark = pytest.mark.once
LOGGING: dict[str, dict[str, dict[str, str]]] = settings.LOGGING  # type: ignore[assignment]
TOKEN = "Zx3-abc_defghijklmnopqrstuvwxyz0123456789ABC"


def line(message: str, *args: object, **more: object) -> str:
    record = logging.LogRecord("django.request", logging.WARNING, __file__, 1, message, args, None)
    vars(record).update(more)
    return NamelessFormatter().format(record)


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/", "/"),
        ("/ask/where/", "/ask/where/"),
        (f"/track/{TOKEN}/note/", "/track/…/note/"),
        ("/requests/ABCDEFGHJ/hand-over/", "/requests/…/hand-over/"),
        ("/households/7c9e6679-7425-40de-944b-e07fc1f90ae7/amend/", "/households/…/amend/"),
        ("/h/abcdefabcdefabcdefabcdefabcdefabcdef/", "/h/…/"),
        ("/王秀英/19900000001", "/…/…"),
        ("/a\nb/%00/", "/…/…/"),
    ],
)
def test_of_a_path_only_its_shape_is_written(path: str, told: str) -> None:
    assert shape(path) == told
    request = SimpleNamespace(path=path)
    assert line("%s: %s", "Not Found", path, request=request) == f"Not Found: {told}"


def test_what_django_itself_logs_of_an_answer_is_written_so(caplog: pytest.LogCaptureFixture) -> None:
    for path, told in ((f"/track/{TOKEN}/?q=王秀英", "/track/…/"), (f"/track/{TOKEN}/王\x00/", "/track/…/…/")):
        request = RequestFactory().get(path)
        log_response("%s: %s", "Not Found", request.path, response=HttpResponse(status=404), request=request)
        assert NamelessFormatter().format(caplog.records[-1]) == f"Not Found: {told}"


def test_of_an_exception_the_kind_and_the_code_are_written_but_not_its_words() -> None:
    told = ""
    words = "DETAIL: Failing row contains (1, 王秀英, 19900000001)."  # not in the lines that a traceback quotes
    try:
        try:
            int(words)
        except ValueError as fault:
            raise IntegrityError(words) from fault
    except IntegrityError:
        told = line("failed", exc_info=sys.exc_info())
    assert "王秀英" not in told
    assert "19900000001" not in told
    assert told.index("builtins.ValueError") < told.index("django.db.utils.IntegrityError")
    assert "test_logs.py" in told


def test_an_exception_that_is_its_own_cause_ends() -> None:
    try:
        raise KeyError("a")
    except KeyError as fault:
        fault.__context__ = fault
        assert "KeyError" in line("failed", exc_info=sys.exc_info())


def test_words_of_ours_are_written_as_they_are() -> None:
    assert line("%s: row %s failed with %s", "close_due", 7, "KeyError") == "close_due: row 7 failed with KeyError"
    assert line("odd", {"a": 1}, request=SimpleNamespace(path="/x/")) == "odd"


def test_every_handler_of_ours_writes_them_so() -> None:
    assert {handler.get("formatter") for handler in LOGGING["handlers"].values()} == {"nameless"}
    assert LOGGING["formatters"]["nameless"]["()"].endswith("NamelessFormatter")


@pytest.mark.parametrize("text", ["王秀英", "199 0000 0001", "620103194201017005", f"/track/{TOKEN}/", "draft=abc:def"])
def test_the_collector_finds_each_kind_of_canary(text: str) -> None:
    collector = Collector()
    collector.setFormatter(logging.Formatter())
    collector.emit(logging.LogRecord("any", logging.INFO, "", 1, "said %s", (text,), None))
    assert len(collector.told()) == 1
    assert collector.told() == []


def test_the_collector_lets_pass_what_names_nobody() -> None:
    assert found_in("Not Found: /track/…/note/ row 7 620103001001 /h/ 2026-11-23") == []


class PlantedTests(CastTestCase):
    def test_the_collector_knows_every_canary_there_is(self) -> None:
        for mark, number in (("金雀甲", 7), ("金雀丙", 8)):
            planted = plant(mark, number, self.building, self.worker, f"70{number}")
            assert found_in(planted.mark)
            assert all(NUMBERS.search(each) for each in planted.numbers if "*" not in each)
        for row in (self.wang, self.li, self.zhang, self.worker, self.colleague, self.lead, self.clerk):
            assert found_in(row.name), row.name
            assert not row.phone or found_in(row.phone)
