"""Tables as files for a spreadsheet, XLSX or CSV: written row by row, and read back unchanged.

Every cell is text. A cell that a spreadsheet would run as a formula, or would take for something else than the text
that it is, gets an apostrophe in front; `read_rows` takes away exactly those that `write_rows` put there. The first
row says who made the file and when; our reader leaves it out.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import chain
from typing import Any, BinaryIO, TextIO, cast
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.drawing.spreadsheet_drawing import SpreadsheetDrawing
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._writer import WorksheetWriter
from openpyxl.writer.excel import ExcelWriter

XLSX, CSV = "xlsx", "csv"
MIME = {
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    CSV: "text/csv; charset=utf-8",
}
LONGEST_CELL = 32_767  # characters; a spreadsheet cuts what is longer
MARK = "#! "
"""How the row about the file begins. No cell of the table does: one that would is guarded."""
_GUARD = "'"
_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", MARK)
# What a spreadsheet, or a program on the way to one, may drop before it looks at the first character.
_DROPPED = {"Cf", "Cc", "Zs", "Zl", "Zp", "Mn"}
# What a CSV's reader would round, cut or make a day of: long numbers, zeros in front, days, times, exponents.
_TAKEN_FOR = re.compile(r"\d{12,}[0-9X]*|0\d+|\d+([-/.:]\d+){1,3}|\d+(\.\d+)?E[+-]?\d+|TRUE|FALSE", re.ASCII)
# In XLSX a character that XML cannot hold is written as its number, as the format has it (ST_Xstring).
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x0c\x0d\x0e-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_NUMBERED = re.compile("_x([0-9A-Fa-f]{4})_")
_WIDEST, _NARROWEST = 48, 14  # characters of a column


@dataclass(frozen=True, slots=True)
class Mark:
    """Who made a file and when: in its first row, on every printed page, in its properties."""

    words: str
    author: str
    title: str
    at: datetime


def write_rows(out: BinaryIO, form: str, rows: Iterable[Sequence[str]], *, mark: Mark) -> int:
    """Write a table, its head first, to a stream that need not be able to go back. Gives how many rows, head too.

    A row at a time, nothing on disk. ValueError for a text that no cell holds.
    """
    return (_write_xlsx if form == XLSX else _write_csv)(out, rows, mark)


def read_rows(file: BinaryIO, form: str) -> Iterator[list[str]]:
    """The rows that `write_rows` wrote, without the first that says who made it. Also those of any such file.

    It unpacks what it is given: look at the size first of what comes from outside.
    """
    found = _read_xlsx(file) if form == XLSX else _read_csv(file)
    for number, row in enumerate(found):
        if number or not (row and row[0].startswith(MARK)):
            yield [_unguarded(text, form) for text in row]


# --- cells ----------------------------------------------------------------------------------------
def runs(text: str) -> bool:
    """Whether a spreadsheet may run a text: looked at as it does, past blanks and what is not seen, of any width."""
    if text.startswith(_RUNS):
        return True
    for position, character in enumerate(text):
        if unicodedata.category(character) not in _DROPPED:
            return unicodedata.normalize("NFKC", text[position : position + 3]).startswith(_RUNS)
    return False


def _is_guarded(text: str, form: str) -> bool:
    """Of a text without the apostrophes in front of it."""
    return runs(text) or (form == CSV and bool(_TAKEN_FOR.fullmatch(unicodedata.normalize("NFKC", text).upper())))


def guarded(text: str, form: str) -> str:
    """The text of a cell. One that has apostrophes in front already gets one more, so that it comes back whole."""
    return _GUARD + text if _is_guarded(text.lstrip(_GUARD), form) else text


def _unguarded(text: str, form: str) -> str:
    is_ours = text.startswith(_GUARD) and _is_guarded(text.lstrip(_GUARD), form)
    return text[1:] if is_ours else text


# --- CSV ------------------------------------------------------------------------------------------
def _write_csv(out: BinaryIO, rows: Iterable[Sequence[str]], mark: Mark) -> int:
    line = io.StringIO()
    writer = csv.writer(line, quoting=csv.QUOTE_ALL)
    out.write(b"\xef\xbb\xbf")  # or a spreadsheet takes it for a legacy charset
    writer.writerow([_marked(mark)])
    count = 0
    for row in rows:
        count += 1
        writer.writerow([_fitting(guarded(text, CSV)) for text in row])
        out.write(line.getvalue().encode())
        line.seek(0)
        line.truncate()
    out.write(line.getvalue().encode())
    return count


def _read_csv(file: BinaryIO) -> Iterator[list[str]]:
    text = io.TextIOWrapper(cast(Any, file), encoding="utf-8-sig", newline="")
    try:
        yield from csv.reader(cast(TextIO, text))
    finally:
        text.detach()


# --- XLSX -----------------------------------------------------------------------------------------
class _Writer(ExcelWriter):
    """Openpyxl's, but that the sheet is in the archive already: its own way is a plain file in /tmp."""

    def write_worksheet(self, ws: Any) -> None:
        ws._drawing = SpreadsheetDrawing()
        ws._drawing.charts, ws._drawing.images = [], []
        ws._rels = ws._writer._rels
        self.manifest.append(ws)


def _write_xlsx(out: BinaryIO, rows: Iterable[Sequence[str]], mark: Mark) -> int:
    book = Workbook(write_only=True)
    sheet = book.create_sheet(re.sub(r"[\\/*?:\[\]]", " ", mark.title)[:31] or "1")
    sheet._id = 1
    rows = iter(rows)
    head = next(rows, ())
    _describe(book, sheet, mark, head)
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        with archive.open(sheet.path[1:], "w") as part:
            sheet._writer = WorksheetWriter(sheet, out=part)
            sheet._writer.write_top()
            try:
                count = _fill(sheet, chain([head] if head else [], rows), mark)
            finally:
                sheet.close()  # before the part it writes to
        book.properties.modified = _plain_utc(mark.at)
        _Writer(book, archive).write_data()
    return count


def _fill(sheet: Any, rows: Iterable[Sequence[str]], mark: Mark) -> int:
    sheet.append([_cell(sheet, _marked(mark))])
    count = 0
    for row in rows:
        count += 1
        sheet.append([_cell(sheet, guarded(text, XLSX)) for text in row])
    return count


def _describe(book: Any, sheet: Any, mark: Mark, head: Sequence[str]) -> None:
    """What stands on every printed page, and in the file's properties."""
    said = mark.words.replace("&", "＆")[:200]  # & begins a command there
    sheet.oddHeader.left.text, sheet.oddFooter.left.text = said, said
    sheet.oddFooter.right.text = "&P / &N"
    sheet.print_title_rows = "1:2"
    sheet.freeze_panes = "A3"
    sheet.page_setup.orientation, sheet.page_setup.paperSize, sheet.page_setup.fitToHeight = "landscape", 9, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    for number, text in enumerate(head, start=1):
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = min(_WIDEST, max(_NARROWEST, 4 + 2 * len(text)))
    book.properties.creator = book.properties.lastModifiedBy = _escaped(mark.author)
    book.properties.title, book.properties.description = _escaped(mark.title), _escaped(mark.words)
    book.properties.created = _plain_utc(mark.at)


def _cell(sheet: Any, text: str) -> Any:
    """Text, whatever it looks like: openpyxl takes '=1' for a formula and '#N/A' for a fault."""
    cell = WriteOnlyCell(sheet, _fitting(_escaped(text)))
    cell.data_type, cell.number_format = "s", "@"
    return cell


def _read_xlsx(file: BinaryIO) -> Iterator[list[str]]:
    book = load_workbook(file, read_only=True, keep_links=False)
    try:
        for row in book.worksheets[0].iter_rows(values_only=True):
            yield [_as_text(value) for value in row]
    finally:
        book.close()


def _as_text(value: Any) -> str:
    """What somebody typed into the file may have become a number or a day."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, date):
        return value.isoformat()
    return _NUMBERED.sub(lambda found: chr(int(found[1], 16)), str(value))


def _escaped(text: str) -> str:
    return _UNWRITABLE.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def _fitting(text: str) -> str:
    if len(text) > LONGEST_CELL:
        raise ValueError("more characters than a cell holds")
    return text


def _marked(mark: Mark) -> str:
    return MARK + " ".join(mark.words.split())


def _plain_utc(moment: datetime) -> datetime:
    """As the format has it: UTC, without saying so."""
    return moment.astimezone(UTC).replace(tzinfo=None)
