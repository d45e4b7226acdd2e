"""docs/coverage.md is what the tables say."""

from ivy.s2s.coverage import PAGE, page
from ivy.s2s.tables import load


def test_the_page_is_what_the_tables_say():
    fresh = page(load())
    assert PAGE.read_text(encoding="utf-8") == fresh, "run python -m ivy.s2s.coverage"


def test_the_page_stays_readable():
    assert len(page(load()).splitlines()) < 600
