"""The table of jobs: a row a job, columns for people, what is wrong first."""

from dataclasses import dataclass

from grafana_foundation_sdk.builders import common as build
from grafana_foundation_sdk.builders.table import Panel
from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models.dashboard import DataTransformerConfig, DynamicConfigValue

from grafana import looks, promql
from grafana.looks import property_of
from grafana.panels import About, Query, finish
from grafana.variables import JOB_LINK


@dataclass(frozen=True)
class Column:
    """A column: its title, the field it is made of, its width in pixels (0: what is left).

    One that has a filter shows a sign for it beside its title.
    """

    title: str
    field: str
    width: int
    looks: tuple[DynamicConfigValue, ...] = ()
    filtered: bool = False


def _unit(unit: str, decimals: int | None = None) -> tuple[DynamicConfigValue, ...]:
    more = () if decimals is None else (property_of("decimals", decimals),)
    return (property_of("unit", unit), *more)


def _cell(options: common.TableCellOptions) -> DynamicConfigValue:
    return property_of("custom.cellOptions", options)


_TEXT = _unit("string")
_PROGRESS = (
    *_unit("percent", 1),
    property_of("min", 0),
    property_of("max", 100),
    looks.colour_property(looks.NEUTRAL),
    _cell(
        common.TableBarGaugeCellOptions(
            mode=common.BarGaugeDisplayMode.BASIC, value_display_mode=common.BarGaugeValueMode.TEXT
        )
    ),
)
_ON_COLOUR = _cell(
    common.TableColoredBackgroundCellOptions(mode=common.TableCellBackgroundDisplayMode.BASIC)
)
_FAILED = (
    *_unit("locale", 0),
    property_of("thresholds", looks.thresholds("transparent", [(1, looks.WARNING)]).build()),
    _ON_COLOUR,
)
_STATE = (*_TEXT, property_of("mappings", looks.state_words()), _ON_COLOUR)
_NOTE = (*_TEXT, property_of("mappings", looks.note_words()), _ON_COLOUR)

COLUMNS = (
    Column("Name", "job_name", 0, _TEXT, filtered=True),
    Column("Job", "job_id", 90, (*_TEXT, property_of("links", [JOB_LINK])), filtered=True),
    Column("Account", "account", 70, _TEXT),
    Column("Type", "job_type", 200, _TEXT, filtered=True),
    Column("State", "state", 90, _STATE),
    Column("Note", "note", 90, _NOTE),
    Column("Progress", "Value #progress", 85, _PROGRESS),
    Column("Done", "Value #done", 70, _unit("locale", 0)),
    Column("Failed", "Value #failed", 70, _FAILED),
    Column("Running since", "Value #since", 140, _unit("dateTimeFromNow")),
    Column("Expected end", "Value #end", 130, _unit("dateTimeFromNow")),
    Column("Age", "Value #age", 65, _unit("s", 0)),
)
HIDDEN = ("Time", "Value #state", "Value #note", "Value #info")


def table() -> Panel:
    """Return the table; what is not known of a job is an empty cell."""
    about = About(
        "Jobs",
        "Every watched job in one of the chosen states; a click on its id shows it below. Unread: "
        "there are no values. Running since is the API's createdTimestamp, since it says no start. "
        "The expected end is what is left at the pace of the last 30 minutes. Age is how old the "
        "values are.",
        "none",
        width=24,
        height=12,
    )
    panel = finish(Panel(), about, [_query(*pair) for pair in _expressions().items()])
    for transformation in (_merge(), _of_chosen_states(), _columns()):
        panel = panel.with_transformation(transformation)
    panel = panel.override_by_regexp("/.*/", [property_of("noValue", "")])
    for column in COLUMNS:
        panel = panel.override_by_name(column.title, _looks(column))
    first = build.TableSortByFieldState().display_name("State").desc(False)
    return (
        panel.sort_by([first])
        .min_width(60)
        .cell_height(common.TableCellHeight.SM)
        .footer(build.TableFooterOptions().show(False))
        .color_scheme(looks.by_threshold())
        .thresholds(looks.thresholds(looks.NOT_YET))
    )


def _looks(column: Column) -> list[DynamicConfigValue]:
    width = [property_of("custom.width", column.width)] if column.width else []
    filtered = [property_of("custom.filterable", value=True)] if column.filtered else []
    return [*width, *filtered, *column.looks]


def _query(ref: str, expression: str) -> Query:
    return Query(expression, ref=ref, latest=True, table=True)


def _expressions() -> dict[str, str]:
    """Return the expression of each field; all share the labels `account` and `job_id`."""
    info = promql.of_job("info", 'job_type!=""')
    running = promql.of_job("state", 'state="running"')
    percent = promql.of_job("percent_complete")
    since = promql.running(promql.of_job("created_timestamp_seconds"), running)
    named = promql.by_job(promql.of_job("info"), "job_name", "job_type")
    return {
        "state": _states(),
        "note": _notes(),
        "info": f"{promql.by_job(info, 'job_name', 'job_type')} or on (account, job_id) {named}",
        "progress": promql.by_job(percent),
        "done": promql.by_job(promql.of_job("items_successful")),
        "failed": promql.by_job(promql.of_job("items_failed")),
        "since": f"1000 * {promql.by_job(since)}",
        "end": f"1000 * {promql.expected_end(percent, running)}",
        "age": f"time() - {promql.by_job(promql.of_job('read_timestamp_seconds'))}",
    }


def _states() -> str:
    """Return the state of each job in one of the chosen states, `unread` where it has none."""
    chosen = promql.by_job(promql.of_job("state", 'state=~"$state"') + " == 1", "state")
    watched = promql.by_job(promql.of_job("info"))
    unread = f"{watched} unless on (account, job_id) {promql.of_job('state')}"
    labelled = f'label_replace({unread}, "state", "unread", "", "")'
    is_chosen = promql.of_account("fusebill_jobs", 'state="unread"', 'state=~"$state"')
    return f"{chosen} or ({labelled} and on (account) {is_chosen})"


def _notes() -> str:
    """Return what is wrong with a job besides its state: it stands still, or cannot be read."""
    unreadable = promql.by_job(promql.of_job("up")) + " == 0"
    stalled = promql.by_job(promql.of_account(promql.STALLED)) + " == 1"
    notes = (
        f'label_replace({expression}, "note", "{note}", "", "")'
        for note, expression in (("unreadable", unreadable), ("stalled", stalled))
    )
    return " or on (account, job_id) ".join(notes)


def _merge() -> DataTransformerConfig:
    """Join what the queries say of one job into one row."""
    return DataTransformerConfig("merge", options={})


def _of_chosen_states() -> DataTransformerConfig:
    """Leave out the jobs for which the query of the states returned nothing."""
    chosen = {"fieldName": "state", "config": {"id": "isNotNull", "options": {}}}
    options = {"type": "include", "match": "all", "filters": [chosen]}
    return DataTransformerConfig("filterByValue", options=options)


def _columns() -> DataTransformerConfig:
    """Name and order the columns, and leave out what is none."""
    options = {
        "renameByName": {column.field: column.title for column in COLUMNS},
        "indexByName": {column.field: index for index, column in enumerate(COLUMNS)},
        "excludeByName": dict.fromkeys(HIDDEN, True),
    }
    return DataTransformerConfig("organize", options=options)
