"""What happened with one perturbation, gene by gene."""

from perturbdash.judgement.sentences_views import perturbation_verdict
from perturbdash.ui import perturbation, perturbation_gene, perturbation_tables
from perturbdash.ui.page import open_page
from perturbdash.ui.pair import pair
from perturbdash.ui.perturbation_choices import choices
from perturbdash.ui.words import say, say_which_context

view = open_page("perturbation")
result = view.require_profiles()
say_which_context(view)

choice = choices(view, result)
found = perturbation.gene_by_gene(view, result, choice)
everywhere = perturbation_gene.everywhere(view, result, choice)
say(view, perturbation_verdict(found))
perturbation.say_gene(view, found, choice)
perturbation.agreement_panels(view, found, choice)
left, right = pair("genes", (1, 1))
with left:
    perturbation.volcano_frame(view, found, choice)
with right:
    perturbation.top_genes_frame(view, found, choice)
left, right = pair("others", (1, 1))
with left:
    perturbation.nearest_frame(view, result, choice)
with right:
    perturbation_gene.gene_frame(view, everywhere, choice)
perturbation_tables.gene_table(view, found, choice)
perturbation_gene.gene_everywhere_table(view, everywhere, choice)
perturbation_tables.metric_table(view, result, choice)
