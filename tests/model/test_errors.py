from pathlib import Path

from exporter.model.errors import ConfigError, ExporterError, Problem


def test_an_error_names_the_file_and_each_problem_with_its_path() -> None:
    error = ConfigError(
        Path("config.yaml"), [Problem("", "expected YAML"), Problem("a[0].b", "expected a list")]
    )
    assert str(error) == "config.yaml: expected YAML; a[0].b: expected a list"
    assert error.file == Path("config.yaml")
    assert isinstance(error, ExporterError)


def test_an_error_has_a_line_for_each_problem_too() -> None:
    error = ConfigError(
        Path("a\nb.yaml"), [Problem("", "expected YAML"), Problem("a\r", "missing")]
    )
    assert error.lines() == ("a\\nb.yaml: expected YAML", "a\\nb.yaml: a\\r: missing")
