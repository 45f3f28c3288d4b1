"""What a snapshot says of its jobs: their state, their order, and which view is which."""

from exporter.jobs.snapshot import Chunk
from tests.support.snapshots import make_account, make_job, make_reading, make_snapshot, make_view


def test_a_job_without_values_to_show_is_unread() -> None:
    read = make_reading(make_job())
    views = [make_view(1), make_view(1, read, stale=True), make_view(1, read)]
    assert [view.state for view in views] == ["unread", "unread", "running"]


def test_a_snapshot_has_the_finished_jobs_of_all_its_accounts_first_then_the_others() -> None:
    one, two, three, four = (
        make_view(job_id, make_reading(make_job(id=job_id, finished=finished)))
        for job_id, finished in ((3, False), (1, True), (2, True), (4, False))
    )
    snapshot = make_snapshot(make_account(one, two), make_account(three, four))
    assert snapshot.jobs == (two, three, one, four)
    assert [account.jobs for account in snapshot.accounts] == [(two, one), (three, four)]


def test_a_chunk_counts_its_jobs_by_state() -> None:
    views = make_view(1), make_view(2), make_view(3, make_reading(make_job()))
    assert Chunk(views).states == {"unread": 2, "running": 1}


def test_a_view_that_looks_like_another_is_another_key() -> None:
    view, alike = make_view(1), make_view(1)
    assert {view: "written"}.get(alike) is None
