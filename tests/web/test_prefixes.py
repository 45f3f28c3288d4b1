import pytest

from exporter.web.prefixes import Prefixes, external_path, route_prefix


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://example.org", ""),
        ("https://example.org/", ""),
        ("https://example.org/fusebill", "/fusebill"),
        ("https://example.org/fusebill/", "/fusebill"),
        ("https://example.org/a/b//", "/a/b"),
        ("HTTP://double--dash.example:8443/a_b.c~d-e", "/a_b.c~d-e"),
        ("http://[::1]:10423/fusebill", "/fusebill"),
        ("/fusebill/", "/fusebill"),
        ("/", ""),
    ],
)
def test_the_path_of_an_external_url_has_no_slash_at_its_end(url: str, path: str) -> None:
    assert external_path(url) == path


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("example.org/fusebill", id="a host without a scheme"),
        pytest.param("localhost:10423", id="an address"),
        pytest.param("fusebill", id="a path without a slash, or a host"),
        pytest.param("//example.org/fusebill", id="a host after two slashes"),
        pytest.param("ftp://example.org/", id="another scheme"),
        pytest.param("https:///fusebill", id="no host"),
        pytest.param("https://example.org:port/", id="a port of text"),
        pytest.param("https://user:password@example.org/", id="a user"),
        pytest.param("https://example.org/fusebill?x=1", id="a query"),
        pytest.param("https://example.org/fusebill#x", id="a fragment"),
        pytest.param("https://example.org/a//b", id="an empty segment"),
        pytest.param("https://example.org/a b", id="a space"),
        pytest.param("https://example.org/a/../b", id="a step up"),
        pytest.param("https://example.org/<a>", id="markup"),
        pytest.param('"https://example.org/fusebill"', id="quotes around it"),
        pytest.param("'https://example.org/fusebill", id="a quote before it"),
        pytest.param("https://example.org/fusebill\n", id="a line feed"),
    ],
)
def test_an_external_url_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="expected a URL such as https://"):
        external_path(url)


@pytest.mark.parametrize(
    ("text", "prefix"),
    [
        ("/", ""),
        ("//", ""),
        ("/fusebill", "/fusebill"),
        ("fusebill", "/fusebill"),
        ("fusebill/", "/fusebill"),
        ("//a/b//", "/a/b"),
        ("/..a/b.", "/..a/b."),
    ],
)
def test_a_route_prefix_has_a_slash_before_it_and_none_after_it(text: str, prefix: str) -> None:
    assert route_prefix(text) == prefix


@pytest.mark.parametrize(
    "text", ["https://example.org/a", "/a?b", "/a#b", "a b", '"/a"', "/{a}", "/..", "./a"]
)
def test_a_route_prefix_that_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected a path such as /fusebill, or / for none"):
        route_prefix(text)


@pytest.mark.parametrize(
    ("external", "prefix", "expected"),
    [
        pytest.param("", None, Prefixes("", ""), id="neither"),
        pytest.param("/a", None, Prefixes("/a", "/a"), id="the external URL alone"),
        pytest.param("/a", "", Prefixes("", "/a"), id="a proxy that strips the prefix"),
        pytest.param("/a", "/b", Prefixes("/b", "/a"), id="a proxy that replaces the prefix"),
        pytest.param("", "/b", Prefixes("/b", ""), id="the route prefix alone"),
    ],
)
def test_the_exporter_serves_under_the_external_path_unless_a_route_prefix_says_otherwise(
    external: str, prefix: str | None, expected: Prefixes
) -> None:
    assert Prefixes.of(external, prefix) == expected
