"""Whether a prediction knows which perturbation it is for."""

from perturbdash.ui.page import open_page
from perturbdash.ui.pair import pair
from perturbdash.ui.retrieval import curves, groups, matrix, ranks, variants
from perturbdash.ui.retrieval.choices import choose
from perturbdash.ui.words import say_which_context

view = open_page("retrieval")
result = view.require_profiles()
say_which_context(view)
ranks.require_candidates(view, result)

choice = choose(view, result)
found = ranks.ranks_of(view, result, choice)
ranks.answer(view, result, found)
left, right = pair("ranks", (1, 1))
with left:
    ranks.steps_frame(view, result, found)
with right:
    ranks.strip_frame(view, result, found)
grouped = groups.choose_groups(view, result)
near = matrix.nearness_of(view, result, choice) if grouped is not None else None
if grouped is not None and near is not None:
    left, right = pair("matrix")
    with right:
        perturbation = matrix.choose_perturbation(view, near)
        matrix.confusions_frame(view, result, choice, near, perturbation, grouped.groups)
    with left:
        matrix.matrix_frame(
            view, result, choice, near, matrix.arranged(view, near, grouped, choice), perturbation
        )
if grouped is not None:
    curves.curves_frame(view, result, grouped)
variants.variants_frame(view, result, found)
