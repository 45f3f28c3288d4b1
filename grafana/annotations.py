"""Marks over the charts: when jobs finished, and while reads were blocked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.dashboard import AnnotationQuery

from grafana import job, looks, naming, promql
from grafana.panels import DATA_SOURCE


def annotations(matchers: str = promql.ACCOUNT) -> list[Builder[AnnotationQuery]]:
    """Return the marks of the jobs that `matchers` select, and of their accounts."""
    return [_finished(matchers), _blocked(matchers)]


class _Annotation(AnnotationQuery):
    """An annotation with keys that the SDK does not know."""

    def __init__(self, more: Mapping[str, object], **known: Any) -> None:
        super().__init__(datasource=DATA_SOURCE, **known)
        self.more = more

    def to_json(self) -> dict[str, object]:
        return {**super().to_json(), **self.more}


@dataclass(frozen=True)
class _Marks(Builder[AnnotationQuery]):
    """Marks where an expression has values: at the times that these are, in ms, if `at_values`.

    Values that are not further apart than `step` make one mark. A step shorter than a hundredth of
    the dashboard's time is not kept.
    """

    name: str
    colour: str
    expression: str
    title: str
    text: str
    step: str
    at_values: bool = False

    def build(self) -> AnnotationQuery:
        """Return it as Grafana has it: 11 reads `expr` and `step`, 12 `target`."""
        more = {
            "step": self.step,
            "target": {"expr": self.expression, "interval": self.step, "refId": "Anno"},
            "titleFormat": self.title,
            "textFormat": self.text,
            "tagKeys": "account",
            "useValueForTime": self.at_values,
        }
        return _Annotation(more, name=self.name, icon_color=self.colour, expr=self.expression)


def _finished(matchers: str) -> _Marks:
    in_time = f"({job.completions(matchers)}) >= ${{__from:date:seconds}}"
    return _Marks(
        "Jobs finished",
        looks.NEUTRAL,
        naming.named(f"1000 * ({in_time})", matchers),
        title="{{job_name}}: {{state}}",
        text="{{job_id}}",
        step="1m",
        at_values=True,
    )


def _blocked(matchers: str) -> _Marks:
    # A share that is spent is as configured.
    causes = promql.of_account("fusebill_api_blocked", 'cause!="share"')
    blocked = f"max_over_time({causes}[$__interval]) == 1"
    jobs = promql.selector("fusebill_service_job_info", matchers)
    return _Marks(
        "Reads blocked",
        looks.LATE,
        f"max by (account, cause) ({blocked} and on (account) {jobs})",
        title="{{account}}: reads blocked",
        text="{{cause}}",
        step="5m",
    )
