"""A thousand files, most of them wrong, break no page. A hundred thousand: python -m tests.webview.wild_tree"""

from tests.webview import wild_tree


def test_a_wild_tree_breaks_no_page_and_every_fault_stands_at_its_place() -> None:
    assert wild_tree.run(1_000, seed=3) == []
