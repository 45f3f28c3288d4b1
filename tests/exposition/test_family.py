from exporter.exposition.family import labels


def test_labels_are_written_in_the_order_given_with_three_escapes() -> None:
    assert labels(b='a"b', a="c\\d\ne") == r'b="a\"b",a="c\\d\ne"'
