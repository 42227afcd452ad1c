"""Whether a model is better than the average."""

from perturbdash.ui import scorecard
from perturbdash.ui.page import open_page
from perturbdash.ui.pair import pair

view = open_page("scorecard")
board = scorecard.board(view, view.require_result())

if not board.models:
    scorecard.without_models(board)
elif board.headline:
    scorecard.answer(board)
    scorecard.strip(board)
    scorecard.warnings(board)
else:
    scorecard.nothing_can_be_said(board)
    scorecard.strip(board)
    scorecard.argument(board)
    scorecard.warnings(board)

if board.models:
    scorecard.contexts(board)
    metrics = scorecard.shown_metrics(board)
if board.models and board.informative:
    left, right = pair("scorecard")
    with left:
        scorecard.forest(board, metrics)
    with right:
        scorecard.positions(board, metrics)
    scorecard.strata(board)
    scorecard.gameability(board)
elif board.models:
    scorecard.forest(board, metrics)

scorecard.scores(board)
scorecard.perturbations(board)
