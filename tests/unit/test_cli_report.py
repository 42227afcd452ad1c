"""The verb `report`: one page, exit status, sentences, and what goes where."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path

import pytest

from perturbdash.cli import _parser, main
from perturbdash.cli.flags import add_further
from perturbdash.report.writing import EPOCH
from tests.unit.report.made import cells, embedded, headings, names, predictions, words


@pytest.fixture(scope="module")
def screen(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("screen")
    data = cells(names())
    del data.obs["cell_line"]
    data.write_h5ad(folder / "screen.h5ad")
    for name, table in predictions(data, ("good", "flat")).items():
        table.iloc[:11].to_csv(folder / f"{name}.csv")
    return folder


def report(screen: Path, out: Path | str, *more: str) -> int:
    files = [
        str(screen / "screen.h5ad"),
        "--predictions",
        f"mine={screen / 'good.csv'}",
        str(screen / "flat.csv"),
    ]
    return main(["report", *files, "--space", "log1p", "--no-store", "--out", str(out), *more])


def test_it_writes_one_page_and_says_the_verdict(screen: Path, tmp_path: Path, capsys) -> None:
    out = tmp_path / "report.html"
    out.write_text("what was there before")
    assert report(screen, out) == 0
    said = capsys.readouterr()
    assert "mine beats every baseline" in said.out
    assert said.out.splitlines()[-1] == f"Report: {out}"
    assert "mine predicts 11 of 14 perturbations" in said.err
    page = out.read_text(encoding="utf-8")
    assert headings(page)[0] == "Verdict"
    assert "mine beats every baseline" in words(page)
    assert list(tmp_path.iterdir()) == [out]


def test_settings_reach_the_page_and_the_same_call_gives_the_same_bytes(
    screen: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = []
    for name in ("a.html", "b.html"):
        monkeypatch.setenv(EPOCH, "1700000000")
        assert report(screen, tmp_path / name, "--seed", "3", "--targets", "drop", "--headline", "nir") == 0
        pages.append((tmp_path / name).read_bytes())
    assert pages[0] == pages[1]
    text = pages[0].decode()
    assert "made 2023-11-14" in words(text)
    run = embedded(text, "pr-run")["settings"]
    assert (run["seed"], run["targets"], run["headline"]) == (3, "drop", ["nir"])


def test_json_goes_to_standard_output(screen: Path, tmp_path: Path, capsys) -> None:
    assert report(screen, tmp_path / "r.html", "--json") == 0
    assert set(json.loads(capsys.readouterr().out)) == {"verdict", "calibration_summary", "warnings", "run"}
    assert (tmp_path / "r.html").exists()


def test_a_template_needs_no_place_for_a_report(screen: Path, tmp_path: Path) -> None:
    file = tmp_path / "template.csv"
    assert main(["report", str(screen / "screen.h5ad"), "--template", str(file)]) == 0
    assert file.exists()


@pytest.mark.parametrize(
    ("out", "said"),
    [
        ("{}/absent/report.html", "does not exist"),
        ("{}", "is a folder"),
        ("{}/report.pdf", "does not end in .html"),
        ("", "nowhere to write the report"),
    ],
)
def test_a_place_that_cannot_be_is_said_before_anything_is_scored(
    screen: Path, tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch, out: str, said: str
) -> None:
    monkeypatch.setattr(
        "perturbdash.judgement.evaluate.evaluate", lambda *_, **__: pytest.fail("it was scored")
    )
    assert report(screen, out.replace("{}", str(tmp_path))) == 1
    found = capsys.readouterr()
    assert found.out == ""
    assert found.err.startswith("perturbdash: ")
    assert found.err.count("\n") == 1
    assert said in found.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["{}/absent.h5ad"], "absent.h5ad"),
        (["{}/screen.h5ad", "--perturbation-key", "gen"], "gen"),
        (["{}/screen.h5ad", "--predictions", "{}/absent.csv"], "absent.csv"),
        (["{}/screen.h5ad", "--headline", "accuracy"], "accuracy"),
    ],
)
def test_what_cannot_be_used_is_one_sentence_and_no_page(
    screen: Path, tmp_path: Path, capsys, arguments: list[str], said: str
) -> None:
    out = tmp_path / "report.html"
    given = [argument.replace("{}", str(screen)) for argument in arguments]
    assert main(["report", *given, "--out", str(out), "--no-store"]) == 1
    found = capsys.readouterr()
    assert found.err.startswith("perturbdash: ")
    assert found.err.count("\n") == 1
    assert said in found.err
    assert not list(tmp_path.iterdir())


def test_it_takes_every_flag_of_evaluate_but_those_of_further_tables() -> None:
    verbs = next(action for action in _parser()._actions if action.dest == "verb").choices
    flags = {
        verb: {flag for action in verbs[verb]._actions for flag in action.option_strings} for verb in verbs
    }
    further = ArgumentParser(add_help=False)
    add_further(further)
    own = {flag for action in further._actions for flag in action.option_strings}
    assert own
    assert flags["report"] == flags["evaluate"] - own


def test_wrong_usage_is_two() -> None:
    with pytest.raises(SystemExit) as end:
        main(["report", "--out", "report.html"])
    assert end.value.code == 2
