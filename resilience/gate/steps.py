"""What a step of the gate is, and how a row of them is run, timed and summed up."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from resilience.gate.processes import in_ci


class State(Enum):
    """How a step ended."""

    PASSED = "passed"
    FAILED = "FAILED"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Outcome:
    """How a step ended, and a sentence when that needs one."""

    state: State
    note: str = ""

    @classmethod
    def of(cls, returncode: int, note: str = "") -> Outcome:
        """The outcome that a program's exit code stands for."""
        return cls(State.PASSED) if returncode == 0 else cls(State.FAILED, note or f"exit code {returncode}")

    @classmethod
    def skipped(cls, why: str) -> Outcome:
        """Left out for want of a tool: a failure where nothing may be left out (CI)."""
        return cls(State.FAILED if in_ci() else State.SKIPPED, why)


@dataclass(frozen=True)
class Step:
    """One step: the name that `--only` takes, the heading, and what is done."""

    name: str
    title: str
    run: Callable[[], Outcome]


@dataclass(frozen=True)
class Record:
    """One line of the summary."""

    step: Step
    outcome: Outcome
    seconds: float

    def __str__(self) -> str:
        return f"{self.outcome.state.value:<7}  {self.seconds:7.1f} s{_after(self.outcome.note)}"


def run_all(steps: Sequence[Step], write: Callable[[str], object]) -> list[Record]:
    """Run every step, whatever the ones before it said; one record each, in order."""
    records = []
    for number, step in enumerate(steps, 1):
        write(f"\n── {number}/{len(steps)}  {step.title} {'─' * max(2, 76 - len(step.title))}\n")
        sys.stdout.flush()
        started = time.monotonic()
        outcome = step.run()
        record = Record(step, outcome, time.monotonic() - started)
        records.append(record)
        write(f"   {outcome.state.value} in {record.seconds:.1f} s{_after(outcome.note)}\n")
    return records


def summary(records: Sequence[Record]) -> str:
    """The closing table, and one sentence."""
    width = max((len(record.step.title) for record in records), default=0)
    lines = [f"{record.step.title:<{width}}  {record}" for record in records]
    total = sum(record.seconds for record in records)
    failed = [record.step.name for record in records if record.outcome.state is State.FAILED]
    skipped = [record.step.name for record in records if record.outcome.state is State.SKIPPED]
    lines.append("")
    if skipped:
        lines.append(f"NOT CHECKED HERE: {', '.join(skipped)}. The reasons are above; CI leaves nothing out.")
    if failed:
        lines.append(f"The gate is shut: {', '.join(failed)}. {total:.0f} s in all.")
    else:
        lines.append(f"The gate is open: {len(records) - len(skipped)} steps in {total:.0f} s.")
    return "\n".join(lines) + "\n"


def is_open(records: Sequence[Record]) -> bool:
    """Whether nothing failed, and there was anything to fail."""
    return bool(records) and all(record.outcome.state is not State.FAILED for record in records)


def _after(note: str) -> str:
    return f"  — {note}" if note else ""
