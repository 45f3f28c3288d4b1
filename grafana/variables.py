"""What can be chosen at the top of a dashboard, and the links that keep it."""

from grafana_foundation_sdk.builders.dashboard import DatasourceVariable, QueryVariable
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.dashboard import (
    DataSourceRef,
    VariableModel,
    VariableOption,
    VariableRefresh,
    VariableSort,
)

from grafana import promql

UID = "fusebill-service-jobs"
UID_OF_ONE_JOB = "fusebill-service-job"

_KEPT = "${__url_time_range}&${datasource:queryparam}&${job:queryparam}&${instance:queryparam}"

JOB_LINK = {
    "title": "All of this job",
    "url": f"/d/{UID_OF_ONE_JOB}?var-job_id=${{__value.raw:percentencode}}"
    f"&var-account=${{__data.fields.Account:percentencode}}&{_KEPT}",
}
"""From a job's id in a table, beside its account, to the dashboard of one job."""

ALL_JOBS = f"/d/{UID}?{_KEPT}"
"""From the dashboard of one job back to that of all."""


def of_all_jobs() -> list[Builder[VariableModel]]:
    """Return the variables of the dashboard of all jobs."""
    return [*_targets(), _any("account", "Account", _ACCOUNTS), _any("state", "State", _STATES)]


def of_one_job() -> list[Builder[VariableModel]]:
    """Return the variables of the dashboard of one job: at first the newest, by its id."""
    query = f"label_values({promql.of_account('fusebill_service_job_info')}, job_id)"
    job = _query("job_id", "Service job", query).multi(False).sort(VariableSort.NUMERICAL_DESC)
    # With another time Grafana would choose another job, if the chosen one was not there then.
    job = job.refresh(VariableRefresh.ON_DASHBOARD_LOAD)
    return [*_targets(), _any("account", "Account", _ACCOUNTS), job]


_ACCOUNTS = f"label_values({promql.of_exporter('fusebill_service_job_info')}, account)"
_STATES = f"label_values({promql.of_account('fusebill_jobs')}, state)"


def _targets() -> list[Builder[VariableModel]]:
    """Return what is chosen first, each depending on those before."""
    exporter = "fusebill_exporter_build_info"
    return [
        DatasourceVariable("datasource").label("Data source").type("prometheus"),
        _any("job", "Job", f"label_values({exporter}, job)"),
        _any("instance", "Instance", f'label_values({exporter}{{job=~"$job"}}, instance)'),
    ]


def _query(name: str, label: str, query: str) -> QueryVariable:
    return (
        QueryVariable(name)
        .label(label)
        .query(query)
        .datasource(DataSourceRef(type_val="prometheus", uid="$datasource"))
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .multi(True)
    )


def _any(name: str, label: str, query: str) -> QueryVariable:
    everything = VariableOption(text="All", value="$__all", selected=True)
    variable = _query(name, label, query).include_all(True).all_value(".+")
    return variable.current(everything).sort(VariableSort.ALPHABETICAL_ASC)
