"""Files for a spreadsheet: nothing in them runs, and what is read back is what was written."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from resilience.lib.sheets import CSV, LONGEST_CELL, XLSX, Mark, guarded, read_rows, runs, write_rows

MARK = Mark("Made by 陈静 & Co, 2026-11-25", "陈静", "住户: 一/二", datetime(2026, 11, 25, 8, tzinfo=UTC))
FORMS = (XLSX, CSV)
NASTY = (
    "=1+1", "+86", "-2", "@SUM(A1)", "\t=1", "\r=1", "\ufeff=1", "\u200b=1", "\u200b\u200d =1", "＝1", "＋1", "－1",
    "＠A",
    "  =cmd|' /C calc'!A0", "\u00a0=1", "'=1", "''=1", "\u0301=1", "\x00=1", "|calc", "%00", "#! made by nobody",
    "\n=1", "\u2028=1", "\u3000＝1",
)  # fmt: skip
TAKEN = ("62010319420101500X", "620103194201015000", "0931", "007", "2026-11-25", "1-2", "3/4", "1E5", "12:30", "TRUE")
HARMLESS = ("", "王秀英", "502", "19900000001", "a=b", "''", "'", "#N/A", "_x0041_", "𠮷田", "a\r\nb", " a ", "x\ty")
texts = st.text(max_size=60) | st.sampled_from(NASTY + TAKEN + HARMLESS) | st.from_regex(r"_x[0-9A-F]{4}_'*=?")


def written(form: str, rows: Sequence[Sequence[str]]) -> io.BytesIO:
    out = io.BytesIO()
    assert write_rows(out, form, rows, mark=MARK) == len(rows)
    out.seek(0)
    return out


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=150, deadline=None)
@given(rows=st.lists(st.tuples(texts, texts), min_size=1, max_size=4))
@example(rows=[(text, "x") for text in NASTY + TAKEN + HARMLESS])
def test_it_reads_back_what_it_wrote(form: str, rows: list[tuple[str, str]]) -> None:
    assert list(read_rows(written(form, rows), form)) == [list(row) for row in rows]


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.tuples(texts), min_size=1, max_size=4))
@example(rows=[(text,) for text in NASTY + TAKEN + HARMLESS])
def test_no_cell_is_a_formula_or_anything_but_text(rows: list[tuple[str]]) -> None:
    book = load_workbook(written(XLSX, rows))
    cells = [cell for row in book.active.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr", "n"}  # "n": a cell with nothing in it
    assert not [cell for cell in cells if cell.data_type == "n" and cell.value is not None]
    assert {cell.number_format for cell in cells if cell.value is not None} == {"@"}


@pytest.mark.parametrize("text", NASTY)
def test_it_guards_what_a_spreadsheet_would_run(text: str) -> None:
    for form in FORMS:
        assert guarded(text, form).startswith("'")
    [_mark, row] = csv.reader(io.StringIO(written(CSV, [[text]]).getvalue().decode("utf-8-sig"), newline=""))
    assert row[0][0] == "'"
    assert not runs(row[0])


@pytest.mark.parametrize("text", TAKEN)
def test_it_keeps_long_numbers_and_days_text_in_csv(text: str) -> None:
    assert guarded(text, CSV) == f"'{text}"
    assert guarded(text, XLSX) == text  # there the cell itself says that it is text


@pytest.mark.parametrize("text", HARMLESS)
def test_it_leaves_ordinary_text_alone(text: str) -> None:
    for form in FORMS:
        assert guarded(text, form) == text


def test_it_says_who_made_it_and_when_in_every_place() -> None:
    book = load_workbook(written(XLSX, [["门", "人"], ["1", "2"]]))
    sheet = book.active
    assert sheet["A1"].value == "#! Made by 陈静 & Co, 2026-11-25"
    assert "陈静" in sheet.oddHeader.left.text
    assert "陈静" in sheet.oddFooter.left.text
    assert sheet.print_title_rows == "$1:$2"
    assert (book.properties.creator, book.properties.title) == ("陈静", "住户: 一/二")
    assert "陈静" in book.properties.description
    lines = written(CSV, [["门", "人"]]).getvalue().decode("utf-8").splitlines()
    assert lines == ['\ufeff"#! Made by 陈静 & Co, 2026-11-25"', '"门","人"']


def test_it_reads_files_that_others_made() -> None:
    assert list(read_rows(io.BytesIO("门,人\r\n1,'x\r\n".encode()), CSV)) == [["门", "人"], ["1", "'x"]]


@pytest.mark.parametrize("form", FORMS)
def test_it_refuses_what_no_cell_holds(form: str) -> None:
    with pytest.raises(ValueError, match="more characters"):
        write_rows(io.BytesIO(), form, [["字" * (LONGEST_CELL + 1)]], mark=MARK)


def test_it_puts_nothing_plain_on_disk(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_file(*_args: object, **_kwargs: object) -> None:
        raise AssertionError("a plain file")

    monkeypatch.setattr("openpyxl.worksheet._writer.NamedTemporaryFile", no_file)
    assert list(read_rows(written(XLSX, [["门"], ["1"]]), XLSX)) == [["门"], ["1"]]
