"""Precision and recall of dates and claims on an annotated corpus; a script prints them."""

# ruff: noqa: E501  (lines of the report)

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

import yaml

from analysis.drafting.hours import Hours
from analysis.drafting.reading import read_article
from analysis.sessions.closures import load_corrections

ROOT = Path(__file__).resolve().parents[1]
HOURS = Hours(load_corrections(ROOT / "data" / "calendar_corrections.csv"))


@dataclass
class Score:
    right: int = 0
    predicted: int = 0
    wanted: int = 0
    errors: list[str] = field(default_factory=list)

    @property
    def precision(self):
        return self.right / self.predicted if self.predicted else 1.0

    @property
    def recall(self):
        return self.right / self.wanted if self.wanted else 1.0


def load(name):
    return yaml.safe_load((ROOT / "tests" / "corpus" / f"{name}.yaml").read_text(encoding="utf-8"))


READ = {}


def read(record):
    if record["id"] not in READ:
        READ[record["id"]] = _read(record)
    return READ[record["id"]]


def _read(record):
    return read_article(record["text"], published=record["published"], hours=HOURS)


def spans(plain, wanted, taken):
    """Place the parts of the text the annotations quote, one after the other."""
    placed = []
    for item in wanted:
        quoted = str(item["text"]).replace("\u00a0", " ")
        places = [
            m.start()
            for m in re.finditer(
                rf"(?<![\w.]){re.escape(quoted)}" if quoted[0].isdigit() else re.escape(quoted),
                plain,
            )
        ]
        free = [p for p in places if (p, p + len(quoted)) not in taken] or places
        assert free, (item, plain)
        start = free[item.get("nth", 1) - 1 if "nth" in item and len(free) > 1 else 0]
        taken.add((start, start + len(quoted)))
        placed.append((start, start + len(quoted), item))
    return placed


def moment(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def date_right(item, found):
    if "at" in item:
        return found.earliest == found.latest == moment(item["at"])
    if "between" in item:
        low, high = map(moment, item["between"])
        return (found.earliest, found.latest) == (low, high) and found.ambiguous == item.get(
            "ambiguous", False
        )
    first, last = item.get("days", [item.get("day")] * 2)
    return (found.first, found.last) == (
        date.fromisoformat(first),
        date.fromisoformat(last),
    ) and found.latest - found.earliest >= timedelta(hours=22)


def score_dates(records):
    score, traps = Score(), []
    for record in records:
        reading = read(record)
        wanted = spans(reading.text.plain, record["dates"], set())
        free = list(reading.dates)
        score.wanted += len(wanted)
        score.predicted += len(free)
        for start, end, item in wanted:
            near = [f for f in free if f.start < end and start < f.end]
            hit = next((f for f in near if date_right(item, f)), None)
            if hit:
                score.right += 1
                free.remove(hit)
                inside = [f for f in near if f is not hit and start <= f.start and f.end <= end]
                for extra in inside:  # a part of the same words, read a second time
                    free.remove(extra)
                    score.predicted -= 1
            else:
                got = "; ".join(
                    f"{f.text!r} {f.first}..{f.last} {f.earliest:%m-%dT%H:%M}/{f.latest:%m-%dT%H:%M}"
                    for f in near
                )
                want = item.get("day") or item.get("days") or item.get("at") or item.get("between")
                why = [u.reason for u in reading.unresolved if u.start < end and start < u.end]
                score.errors.append(
                    f"{record['id']} missed {item['text']!r} = {want}; read: {got or why or 'nothing'}"
                )
        for extra in free:
            if not any(extra.start < end and start < extra.end for start, end, _ in wanted):
                score.errors.append(
                    f"{record['id']} false {extra.text!r} = {extra.first}..{extra.last}"
                )
        plain = reading.text.plain
        for trap in record["numbers"]:
            trap = str(trap)
            for match in re.finditer(rf"(?<!\w){re.escape(trap)}(?!\w)", plain):
                if any(s < match.end() and match.start() < e for s, e, _ in wanted):
                    continue
                traps += [
                    f"{record['id']} {f.text!r}"
                    for f in reading.dates
                    if f.start < match.end() and match.start() < f.end
                ]
    return score, traps


def claim_right(item, found):
    size = item.get("size")
    same_size = (
        abs(found.size - size) < 1e-9
        if size is not None and found.size is not None
        else size is None and (found.size is None or "points" in item)
    )
    points = item.get("points") is None or found.points == item["points"]
    horizon = str(item.get("horizon", "day")) == found.horizon
    hedge = item.get("hedge") in (None, found.hedge)
    return (
        found.series == item["series"] and found.direction == item["direction"]
        and same_size and points and horizon and hedge
        and bool(item.get("extreme")) == bool(found.extreme)
    )  # fmt: skip


def score_claims(records):
    score, days, sessions = Score(), Score(), Score()
    for record in records:
        reading = read(record)
        wanted = spans(reading.text.plain, record["claims"], set())
        free = list(reading.claims)
        score.wanted += len(wanted)
        score.predicted += len(free)
        for start, end, item in wanted:
            near = [f for f in free if f.start < end and start < f.end]
            hit = next((f for f in near if claim_right(item, f)), None)
            if hit is None:
                got = "; ".join(
                    f"{f.text!r} {f.series} {f.direction} {f.size} {f.points} {f.horizon} {f.hedge} {f.extreme!r}"
                    for f in near
                )
                score.errors.append(
                    f"{record['id']} missed {item['text']!r} of {item['series']}; read: {got or 'nothing'}"
                )
                continue
            score.right += 1
            free.remove(hit)
            if day := item.get(True):  # YAML 1.1 reads the key `on` as true
                days.wanted += 1
                days.right += hit.day == date.fromisoformat(day)
                if hit.day != date.fromisoformat(day):
                    days.errors.append(f"{record['id']} {item['text']!r} on {day}; read {hit.day}")
            if "session" in item:
                sessions.wanted += 1
                sessions.right += hit.session == item["session"]
                if hit.session != item["session"]:
                    sessions.errors.append(
                        f"{record['id']} {item['text']!r} {item['session']}; read {hit.session!r}"
                    )
        score.errors += [
            f"{record['id']} false {f.text!r} of {f.series}: {f.direction} {f.size}" for f in free
        ]
    return score, days, sessions


def main(names):
    for name in names:
        records = load(name)
        dates, traps = score_dates(records)
        claims, days, sessions = score_claims(records)
        print(f"{name}: {len(records)} texts")
        for label, score in (("dates", dates), ("claims", claims)):
            print(
                f"  {label}: precision {score.precision:.3f} ({score.right}/{score.predicted}), "
                f"recall {score.recall:.3f} ({score.right}/{score.wanted})"
            )
        print(f"  numbers read as dates: {len(traps)} {traps}")
        print(
            f"  day of a claim: {days.right}/{days.wanted}; session word: {sessions.right}/{sessions.wanted}"
        )
        for label, score in (
            ("date", dates),
            ("claim", claims),
            ("claim day", days),
            ("session", sessions),
        ):
            for error in score.errors:
                print(f"  {label}: {error}")


if __name__ == "__main__":
    main(sys.argv[1:] or ["development"])
