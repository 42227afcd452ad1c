import pytest
from streamlit.testing.v1 import AppTest

from perturbdash.ui import selection
from perturbdash.ui.library import library
from perturbdash.ui.menu import PAGES
from tests.pages.conftest import Visit, html_of
from tests.pages.evaluated import demo_result, visit_demo

PAGE = "systematic_variation"


def own() -> tuple[str, ...]:
    return tuple(demo_result().dataset.perturbations)


def selected(app: AppTest) -> list[str]:
    found = app.query_params.get("selection", [])
    return [found] if isinstance(found, str) else list(found)


def opened(app: AppTest) -> AppTest:
    """Open the popover as a click would."""
    app.session_state["pd-select"] = True
    return app.run()


def texts(app: AppTest) -> str:
    return "\n".join([html_of(app), *(item.value for item in (*app.caption, *app.code))])


@pytest.mark.parametrize("page", [name for name in PAGES if name != "start"])
def test_every_page_has_the_control_and_names_the_selection(page: str, visit: Visit, monkeypatch):
    names = own()[:5]
    app = visit_demo(visit, page, monkeypatch, selection=list(names))
    assert not app.exception
    label = app.button(key="pd-clear-selection").label.replace("\\", "")
    assert label == f"5 perturbations: {', '.join(names[:3])} …"
    app.button(key="pd-clear-selection").click().run()
    assert selected(app) == []
    assert not [button for button in app.button if button.key == "pd-clear-selection"]


def test_names_are_searched_added_and_taken_out(visit: Visit, monkeypatch):
    app = opened(visit_demo(visit, PAGE, monkeypatch))
    combination = next(name for name in own() if "+" in name)
    part = combination.split("+")[1]
    app.text_input(key="pd-select-search").set_value(part.lower()).run()
    pills = next(group for group in app.main.get("button_group") if group.key == "pd-select-offered")
    offered = [option.content.replace("\\", "") for option in pills.proto.options]
    assert offered[0] == part
    assert combination in offered
    pills.set_value([part]).run()
    assert selected(app) == [part]
    app.button(key="pd-select-add-all").click().run()
    assert set(selected(app)) == {name for name in own() if part in name}
    pills = next(group for group in app.main.get("button_group") if group.key == "pd-select-offered")
    pills.set_value([name for name in pills.value if name != part]).run()
    assert part not in selected(app)
    assert combination in selected(app)


def test_all_of_a_kind_and_the_rest_are_one_click(visit: Visit, monkeypatch):
    app = opened(visit_demo(visit, PAGE, monkeypatch))
    single = {name for name in own() if "+" not in name}
    app.button(key="pd-select-single").click().run()
    assert set(selected(app)) == single
    app.button(key="pd-select-invert").click().run()
    assert set(selected(app)) == set(own()) - single
    app.button(key="pd-select-clear").click().run()
    assert selected(app) == []


def test_a_pasted_list_selects_and_reports(visit: Visit, monkeypatch):
    app = opened(visit_demo(visit, PAGE, monkeypatch))
    combination = next(name for name in own() if "+" in name)
    turned = "+".join(reversed(combination.split("+")))
    app.text_area(key="pd-select-pasted").set_value(f"{own()[0]}, NOPE\n{turned};{own()[0]}\ncontrol")
    app.button(key="pd-select-these").click().run()
    assert selected(app) == [own()[0], combination]
    said = texts(app)
    assert "3 of 5 labels found" in said
    assert "Not found (1)" in said
    assert "NOPE" in [item.value for item in app.code]
    assert f"{turned} → {combination}" in [item.value for item in app.code]
    assert "Means unperturbed cells" in said
    app.text_area(key="pd-select-pasted").set_value(own()[5])
    app.button(key="pd-select-add").click().run()
    assert selected(app) == [own()[0], combination, own()[5]]


def test_unknown_names_of_a_link_are_said_and_the_others_kept(visit: Visit, monkeypatch):
    visit_demo(visit, PAGE, monkeypatch)
    combination = next(name for name in own() if "+" in name)
    turned = "+".join(reversed(combination.split("+")))
    app = visit(PAGE, dataset="demo", selection=["<b>gone</b>", turned, own()[0]])
    said = html_of(app)
    assert (
        "The link selects 3 perturbations: 2 found and selected; not found: &lt;b&gt;gone&lt;/b&gt;" in said
    )
    assert selected(app) == [combination, own()[0]]
    app.run()
    assert "not found" not in html_of(app)
    assert "<b>gone</b>" in [item.value for item in opened(app).code]


def test_a_kept_selection_that_the_server_does_not_know_is_said(visit: Visit, monkeypatch):
    visit_demo(visit, PAGE, monkeypatch)
    app = visit(PAGE, dataset="demo", selection="~0123")
    assert "not on this server any more" in html_of(app)
    assert selected(app) == []


def test_a_long_selection_stands_under_a_digest_and_shows_the_same(visit: Visit, monkeypatch):
    monkeypatch.setattr(selection, "LONGEST", 100)
    app = opened(visit_demo(visit, PAGE, monkeypatch))
    app.button(key="pd-select-single").click().run()
    (kept,) = selected(app)
    assert kept.startswith("~")
    single = tuple(name for name in own() if "+" not in name)
    assert library().selection(kept[1:]) == single
    assert set(app.dataframe[0].value["perturbation"]) == set(single)


def test_the_select_of_the_page_perturbation_has_the_selected_first(visit: Visit, monkeypatch):
    names = [own()[9], own()[4]]
    app = visit_demo(visit, "perturbation", monkeypatch, selection=names)
    options = app.selectbox(key="pd-choice-perturbation").options
    assert set(options[:2]) == set(names)
    assert sorted(options) == sorted(own())
    assert app.selectbox(key="pd-choice-perturbation").value in names


def test_a_selection_survives_another_context_and_ends_with_the_data_set(visit: Visit, monkeypatch, root):
    names = list(own()[:2])
    app = visit_demo(visit, PAGE, monkeypatch, selection=names)
    app.selectbox(key="pd-context").set_value("line_B").run()
    assert selected(app) == names
    assert sorted(app.dataframe[0].value["perturbation"]) == sorted(names)
    from perturbdash.ui.address import Address

    assert Address(dataset="demo", selection=tuple(names)).of_data("other").selection == ()
