from exporter.config.status import ConfigView, JobFileView


def test_a_configuration_is_ok_until_another_is_refused() -> None:
    assert ConfigView(loaded_at=1.0).ok
    assert not ConfigView(loaded_at=1.0, failed_at=2.0, problems=("accounts: missing",)).ok


def test_a_bad_job_file_leaves_the_configuration_ok() -> None:
    assert ConfigView(1.0, job_files=(JobFileView("a.yaml", "expected a list"),)).ok
