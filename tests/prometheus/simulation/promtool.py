"""The shipped rules' alerts about a run, at each minute, by promtool.

promtool gives no alerts out, but a test that expects none says which ones it got.
"""

import ast
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from exporter.model.duration import parse_duration
from tests.prometheus.shipped import ALERTS, FILE, promtool
from tests.prometheus.simulation.program import Run, Series
from tests.prometheus.simulation.world import MINUTE, SCRAPE

INSTANCE = "exporter:10423"
_TARGET = {"instance": INSTANCE, "job": "fusebill"}


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert that fires at a minute, with its rendered texts."""

    minute: int
    name: str
    labels: dict[str, str]
    annotations: dict[str, str]

    @property
    def of(self) -> tuple[str | None, str | None]:
        """The account and the job that it is about, where it is about one."""
        return self.labels.get("account"), self.labels.get("job_id")


def fired(run: Run, folder: Path, rules: Path = FILE) -> tuple[Alert, ...]:
    """Return the alerts that fire at each whole minute of a run. Writes its test into `folder`."""
    file = folder / f"seed-{run.world.seed}.json"
    file.write_text(json.dumps(_test(run, rules)), "utf-8")
    done = promtool("test", "rules", file)
    return tuple(parse(done.stdout + done.stderr))


def _test(run: Run, rules: Path) -> dict[str, object]:
    """Return the test that asks for each alert at each minute; JSON is YAML too."""
    minutes = range(int((len(run.scrapes) - 1) * SCRAPE / MINUTE) + 1)
    return {
        "rule_files": [str(rules)],
        "evaluation_interval": "30s",
        "tests": [
            {
                "interval": f"{SCRAPE:.0f}s",
                "input_series": list(_input(run)),
                "alert_rule_test": [
                    {"eval_time": f"{minute}m", "alertname": name, "exp_alerts": []}
                    for minute in minutes
                    for name in ALERTS
                ],
            }
        ],
    }


def _input(run: Run) -> Iterator[dict[str, str]]:
    ups = [float(shown is not None) for shown in run.scrapes]
    yield {"series": _written(Series("up", ())), "values": notation(ups)}
    series = dict.fromkeys(one for shown in run.scrapes for one in shown or ())
    for one in series:
        values = [None if shown is None else shown.get(one) for shown in run.scrapes]
        yield {"series": _written(one), "values": notation(values)}


def _written(series: Series) -> str:
    labels = dict(series.labels) | _TARGET
    pairs = (f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in labels.items())
    return f"{series.name}{{{','.join(pairs)}}}"


def notation(values: Sequence[float | None]) -> str:
    """Return the samples of a series as promtool reads them: the first absence ends the series."""
    words, present = [], False
    for value, same in groupby(values):
        times = len(list(same))
        if value is not None:
            words.append(f"{value!r}x{times - 1}" if times > 1 else repr(value))
        elif present:
            words.append("stale" if times == 1 else f"stale _x{times - 1}")
        else:
            words.append(f"_x{times}")
        present = value is not None
    return " ".join(words)


_TEST = re.compile(r"    alertname: (\w+), time: (\w+), ")
_LABELS = re.compile(r" {14}Labels:\{(.*)\}")
_ANNOTATIONS = re.compile(r" {14}Annotations:\{(.*)\},?")
_PAIR = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*")(?:, |$)')
_FILLING = re.compile(
    r"Unit Testing: .*|  FAILED:|  SUCCESS| {8}exp:\[\], | {8}got:\[| {12}\d+:| {12}\]|\s*"
)


def parse(output: str) -> Iterator[Alert]:
    """Yield the alerts in the output of promtool. Raises ValueError at a line that is unknown."""
    name, minute, labels = "", -1, {}
    for line in output.splitlines():
        if test := _TEST.fullmatch(line):
            name, minute = test[1], int(parse_duration(test[2]) / MINUTE)
        elif found := _LABELS.fullmatch(line):
            labels = _pairs(found[1])
        elif found := _ANNOTATIONS.fullmatch(line):
            yield Alert(minute, name, labels, _pairs(found[1]))
        elif not _FILLING.fullmatch(line):
            message = f"promtool says what nobody expects: {line}"
            raise ValueError(message)


def _pairs(text: str) -> dict[str, str]:
    """Return labels or annotations, which Go has quoted."""
    pairs = {name: ast.literal_eval(value) for name, value in _PAIR.findall(text)}
    if _PAIR.sub("", text):
        message = f"promtool writes labels as nobody expects: {text}"
        raise ValueError(message)
    return pairs


def spans(alerts: Iterable[Alert]) -> Iterator[tuple[str, str, int, int]]:
    """Yield each alert's name and subject, with the first and last minute of each span it fires."""
    keys = sorted((alert.name, _subject(alert), alert.minute) for alert in alerts)
    for (name, subject), same in groupby(keys, key=lambda key: key[:2]):
        minutes = [minute for *_, minute in same]
        for _, span in groupby(enumerate(minutes), key=lambda pair: pair[1] - pair[0]):
            inside = [minute for _, minute in span]
            yield name, subject, inside[0], inside[-1]


def _subject(alert: Alert) -> str:
    return "/".join(part for part in alert.of if part)
