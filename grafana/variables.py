"""What can be chosen at the top of the dashboard."""

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

JOB_LINK = {
    "title": "Show this job below",
    "url": f"/d/{UID}?var-job_id=${{__value.raw}}&${{__url_time_range}}"
    "&${datasource:queryparam}&${job:queryparam}&${instance:queryparam}"
    "&${account:queryparam}&${state:queryparam}",
}
"""From a job's id in the table to its row; all else that is chosen stays."""


def variables() -> list[Builder[VariableModel]]:
    """Return the variables, each of those after it depending on those before."""
    watched = promql.of_account("fusebill_service_job_info").replace(',account=~"$account"', "")
    chosen = promql.of_account("fusebill_service_job_info")
    exporter = "fusebill_exporter_build_info"
    return [
        DatasourceVariable("datasource").label("Data source").type("prometheus"),
        _any("job", "Job", f"label_values({exporter}, job)"),
        _any("instance", "Instance", f'label_values({exporter}{{job=~"$job"}}, instance)'),
        _any("account", "Account", f"label_values({watched}, account)"),
        _any("state", "State", f"label_values({promql.of_account('fusebill_jobs')}, state)"),
        _one_job(f"label_values({chosen}, job_id)"),
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


def _one_job(query: str) -> QueryVariable:
    """Return the choice of jobs to show one by one: at first the newest, and never all of them."""
    return _query("job_id", "One job", query).sort(VariableSort.NUMERICAL_DESC)
