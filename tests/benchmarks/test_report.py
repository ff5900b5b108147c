"""The page of benchmarks is what its generator makes of the committed results."""

from __future__ import annotations

from benchmarks.report import PAGE, page, results


def test_the_page_is_generated_from_the_committed_results() -> None:
    assert PAGE.read_text("utf-8") == page(results()), "run: python3 dev.py bench report"


def test_what_is_missed_is_said() -> None:
    row = {"what": "work", "wall_s": 1.0, "core_s": 2.0, "rss_mb": 3.0, "bar": "≤ 1 core-s", "met": False}
    machine = {"cores": 2, "memory_gb": 24.0, "processor": "p", "system": "s"}
    result = {"benchmark": "b", "machine": machine, "versions": {"python": "3"}, "seed": 1, "rows": [row]}
    text = page([result])
    assert "0 of 1 are met" in text
    assert text.count("**missed**") == 2


def test_a_rival_is_set_against_the_kernel_and_the_published_run() -> None:
    machine = {"cores": 2, "memory_gb": 24.0, "processor": "p", "system": "s"}
    run = {"what": "the run, later days", "wall_s": 1.0, "core_s": 10.0, "rss_mb": 3.0, "bar": None, "met": None}
    facts = {
        "rival": "a rival",
        "audiences": 1_000,
        "measured": 10,
        "rival_core_s": 60.0,
        "kernel_core_s": 4.0,
        "times_kernel_wanted": 20,
        "times_published_wanted": 5,
    }
    common = {"machine": machine, "versions": {}, "seed": 1}
    found = [
        {**common, "benchmark": "audiences-published", "rows": [run]},
        {**common, "benchmark": "audiences-a", "rows": [], "facts": facts},
    ]
    assert "| a rival | 1,000 | 10 | 60.0 | 15.0 (≥ 20: **missed**) | 6.0 (≥ 5: met) |" in page(found)


def test_engines_are_set_against_the_first_of_their_contest() -> None:
    machine = {"cores": 2, "memory_gb": 24.0, "processor": "p", "system": "s"}
    walls = {"ours": 2.0, "another": 5.0, "hopeless": "more than 1,800 s"}
    result = {"benchmark": "identity-engines", "machine": machine, "versions": {}, "seed": 1, "rows": []}
    text = page([{**result, "facts": {"wall_s": walls}}])
    assert "| ours | 2.0 | 1.00 | identity-engines |" in text
    assert "| another | 5.0 | 2.50 | identity-engines |" in text
    assert "| hopeless | more than 1,800 s | ? | identity-engines |" in text
