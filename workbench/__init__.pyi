from workbench import agents as agents
from workbench import errors as errors
from workbench.comparison import dialogue as dialogue
from workbench.comparison import read_table as read_table
from workbench.comparison import runs as runs
from workbench.comparison import scorers as scorers
from workbench.comparison import statistics as statistics
from workbench.connections import Connection as Connection
from workbench.connections import Model as Model
from workbench.connections import audit as audit
from workbench.connections import cassette as cassette
from workbench.connections import connect as connect
from workbench.connections import copy as copy
from workbench.connections import embed as embed
from workbench.connections import load as load
from workbench.connections import loaded as loaded
from workbench.connections import model as model
from workbench.connections import models as models
from workbench.connections import show as show
from workbench.connections import unload as unload
from workbench.errors import WorkbenchError as WorkbenchError
from workbench.messages import Message as Message
from workbench.messages import Reply as Reply
from workbench.messages import Tool as Tool
from workbench.notebook import benchmark as benchmark
from workbench.notebook import chat as chat
from workbench.notebook import compare as compare
from workbench.notebook import create as create
from workbench.notebook import delete as delete
from workbench.notebook import doctor as doctor
from workbench.notebook import estimate as estimate
from workbench.notebook import open_run
from workbench.notebook import panel as panel
from workbench.notebook import pull as pull
from workbench.notebook import report as report
from workbench.notebook import rerun as rerun
from workbench.notebook import trust as trust
from workbench.notebook.agents import branch_tree as branch_tree
from workbench.notebook.agents import controls as controls
from workbench.notebook.agents import roles as roles
from workbench.notebook.agents import speakers as speakers
from workbench.notebook.agents import suffices as suffices
from workbench.notebook.agents import waterfall as waterfall
from workbench.views import charts as charts

__version__: str
open = open_run  # noqa: A001 - `wb.open` reads as what it does
