"""The answers before they are sent."""

import gzip
import json

from exporter.simulator.answers import error, good, page


def test_a_packed_answer_says_so_and_unpacks_to_what_it_was() -> None:
    plain = good({"id": 1})
    packed = plain.packed()
    assert packed.headers == {**plain.headers, "Content-Encoding": "gzip"}
    assert gzip.decompress(packed.body) == plain.body


def test_more_headers_leave_the_answer_that_faults_share_as_it_was() -> None:
    plain = page(503)
    assert plain.plus({"Retry-After": "1200"}).headers["Retry-After"] == "1200"
    assert "Retry-After" not in plain.headers


def test_an_error_names_its_status_in_its_document_too() -> None:
    answer = error(409, "busy")
    document = json.loads(answer.body)
    assert (answer.status, document["HttpStatusCode"]) == (409, 409)
    assert document["Errors"] == [{"Key": "Api Error", "Value": "busy"}]


def test_a_page_of_a_proxy_is_html_that_names_its_status() -> None:
    answer = page(502)
    assert answer.headers["Content-Type"] == "text/html"
    assert b"<h1>502 Bad Gateway</h1>" in answer.body
