"""What the register shows of demands, licences, boards and States, for whoever shows it: the pages, the feeds, the desk."""

from sousveil.decisions.oversight import OversightView, oversight_view
from sousveil.decisions.procedures.cells import CellView, StateRow, investors
from sousveil.decisions.procedures.engine import Board, day_of, ordinal, words_of
from sousveil.decisions.procedures.items import DueView, OpenDuty, ProcedureItem, due_of, item_of, open_duties, state_of
from sousveil.decisions.procedures.items import records as item_records
from sousveil.decisions.proposals import Case, ProposalsView, ProposalView, proposal_view, proposals_view, sitting
from sousveil.decisions.views.halts import NAMED_IN_BREACHES, Breach, HaltView, breaches
from sousveil.decisions.views.licences import (
    ExportingView,
    OrderOfState,
    OrderView,
    QueueView,
    ReviewItem,
    ReviewView,
    Show,
    StateCount,
    count_of,
    draft_order,
    exporting_view,
    orders_of_state,
    rejudge,
    review_view,
    without_reasons,
)
from sousveil.decisions.views.licences import queue as licence_queue
from sousveil.decisions.views.records import (
    DisclosuresView,
    InquiriesView,
    SaleRow,
    company_sales,
    disclosures_view,
    inquiries_view,
    state_sales,
)
from sousveil.decisions.views.responsibility import ChainsView, barrier_stands, chains_view, path_opens
