"""What a snapshot says of its jobs: their state, their order, and which view is which."""

from tests.support.snapshots import make_account, make_job, make_reading, make_snapshot, make_view


def test_a_job_without_values_to_show_is_unread() -> None:
    read = make_reading(make_job())
    views = [make_view(1), make_view(1, read, stale=True), make_view(1, read)]
    assert [view.state for view in views] == ["unread", "unread", "running"]


def test_a_snapshot_has_the_jobs_of_all_its_accounts_in_their_order() -> None:
    one, two, three = (make_view(job_id) for job_id in (3, 1, 2))
    snapshot = make_snapshot(make_account(one, two), make_account(three))
    assert snapshot.jobs == (one, two, three)


def test_a_view_that_looks_like_another_is_another_key() -> None:
    view, alike = make_view(1), make_view(1)
    assert {view: "written"}.get(alike) is None
