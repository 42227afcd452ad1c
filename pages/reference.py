"""What changes when the reference moves from the control to the perturbed centroid."""

from perturbdash.judgement.sentences_views import reference_verdict
from perturbdash.ui import reference, reference_angles
from perturbdash.ui.page import open_page
from perturbdash.ui.words import say, say_which_context

view = open_page("reference")
result = view.require_profiles()
say_which_context(view)
found = reference.shifts(view, result)
reference.require_several(view, found)

choice = reference.choices(view, found)
say(view, reference_verdict(found.cosines, view.models, n_genes=found.n_genes))
reference.arrows(view, found, choice)
reference_angles.angle_frame(view, found, choice)
reference_angles.cosine_table(view, found)
reference_angles.angle_table(view, found, choice)
