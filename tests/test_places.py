"""What tells that the converter has changed: its files, or the installer's list of them."""

import gc

import ivy
from ivy.s2s import places
from ivy.s2s.garbage import without_collection


def test_the_installers_list_stands_for_the_files_of_an_installed_copy(tmp_path, monkeypatch):
    monkeypatch.setattr(places, "ROOT", tmp_path / "ivy")
    for folder in ("mappings", "templates", "s2s", "rules"):
        (tmp_path / "ivy" / folder).mkdir(parents=True)
    read = places.stamp.__wrapped__
    alone = read()
    (tmp_path / "ivy" / "rules" / "first.py").write_text("one = 1\n")
    assert read() != alone

    record = tmp_path / f"ivy_s2s-{ivy.__version__}.dist-info" / "RECORD"
    record.parent.mkdir()
    record.write_text("ivy/rules/first.py,sha256=a,8\n")
    installed = read()
    (tmp_path / "ivy" / "rules" / "second.py").write_text("two = 2\n")
    assert read() == installed
    record.write_text("ivy/rules/first.py,sha256=b,8\n")
    assert read() != installed


def test_collection_goes_on_after_a_block_without_it():
    before = gc.get_stats()[2]["collections"]
    with without_collection():
        made = [[] for _ in range(100_000)]
        assert not gc.isenabled()
    assert gc.isenabled() and gc.get_stats()[2]["collections"] == before
    made.append(made)
    identity = id(made)
    del made
    gc.collect()
    assert all(id(each) != identity for each in gc.get_objects())
    assert gc.get_freeze_count() == 0
