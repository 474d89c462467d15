"""What ``--help`` says. Plain text, answered before anything heavy is imported."""

from __future__ import annotations

from typing import Final

_OVERVIEW: Final = """\
surgesim: stress-test an e-commerce surge and compare contingency plans.

Usage: surgesim [COMMAND] [KEY=VALUE ...] [OPTIONS]

Commands
  compare   several plans on the same customers, and which one holds (the default)
  run       one plan, one replication, with its full ledger and timeline
  sweep     plans at many design points, as often as it takes to be sure
  select    the best of several plans, with a stated probability of being right
  optimise  the levels of a plan that cost least and keep the promise
  explain   which assumptions move the outcome, and what one more of each resource brings
  robust    plans in uncertain futures: regret, the worst tenth, and which one to choose
  template  a workbook to be filled in: stock, output, times, staffing, carriers, desk, campaign
  intake    a filled-in workbook turned into a scenario of your own
  ceiling   the largest campaign that meets the targets, what binds there, and what "too big" costs
  needs     what a campaign needs of warehouse, carriers and desk, proven by simulation
  forecast  what demand will be, with its own doubt, from the orders of the past
  results   what experiments found so far: list, export, report anew
  list      scenarios and plans, and what each is about
  show      what a scenario or plan says, with units and sources
  help      this text; help COMMAND for one command

Examples
  surgesim
  surgesim compare scenario=double11 'plans=[none,overtime,overflow_3pl,compensation]' replications=30
  surgesim compare scenario=double11 demand.campaign.uplift=4 site.picking.headcount_factor=1.2
  surgesim compare scenario=double11 plan.overtime.measures.floor.hours=2
  surgesim compare demand.campaign.uplift=2,3,4 --multirun
  surgesim sweep 'sweep={demand.campaign.uplift:[2,3,4],site.picking.headcount_factor:[1,1.2]}'
  surgesim select scenario=double11 indifference=50000
  surgesim optimise 'plans=[none,overtime]' 'levels={plan.overtime.measures.floor.hours:[1,4]}'
  surgesim needs scenario=mid_autumn demand.campaign.uplift=4.5
  surgesim run scenario=mid_autumn plan=overtime
  surgesim show scenario=double11
  surgesim list --config-dir my

Any figure of a scenario is a KEY (see: surgesim show), any figure of a chosen plan is plan.NAME.KEY.
'+KEY=VALUE' adds what is not there, '~KEY' deletes.
"""

_OPTIONS: Final = """\
Options
  -m, --multirun           run every combination of several values: KEY=1,2,3 or KEY=range(1,4)
  -cd, --config-dir DIR    your own scenarios and plans: DIR/scenario/NAME.yaml, DIR/plan/NAME.yaml;
                           they may extend others: 'defaults: [double11, _self_]'
  -c, --cfg job            print the composed configuration instead of running it
                           (--resolve fills in ${...}, --package KEY prints a part)
  -h, --help               this text
  --hydra-help             help of Hydra, which composes the configuration
"""

_OPTIONS_OF_FORECAST: Final = """\
Options
  -m, --multirun           run every combination of several values: KEY=1,2,3
  -c, --cfg job            print the composed configuration instead of running it
  -h, --help               this text
"""

_OPTIONS_OF_LIST: Final = """\
Options
  -cd, --config-dir DIR    your own scenarios and plans as well
  -h, --help               this text
"""

_OPTIONS_OF_INTAKE: Final = """\
Options
  -cd, --config-dir DIR    your own scenarios and plans; default: my
  -h, --help               this text
"""

_OPTIONS_OF_RESULTS: Final = """\
Options
  -h, --help               this text
"""

_OF_LABORATORY: Final = """\
  workers=null         processes; null: as many as there are cores. Results do not depend on it
  compute=local        local (processes on this machine), serial (this process alone), or dask
  scheduler=null       address of a Dask scheduler; null: a cluster on this machine
  store=null           folder of the result store; null: reports/store/VERSION. What is in it is not run
                       again: the same command goes on from where it was, another one adds to it
  report.lang=en       language of the page: en or zh_TW (Traditional Chinese)
  out=null             folder of the report; null: reports/COMMAND/SCENARIO/TIME
"""

_OF_EXPERIMENTS: Final = f"""\
  seed=1               of all random numbers
  baseline=null        plan that the others are held against; null: the first one
{_OF_LABORATORY}"""

_COMMANDS: Final[dict[str, str]] = {
    "compare": f"""\
surgesim compare: several plans on the same customers, and a verdict with its uncertainty.

Usage: surgesim compare [scenario=NAME] ['plans=[FIRST,SECOND,...]'] [KEY=VALUE ...] [OPTIONS]

Settings
  scenario=double11    scenario to run; see: surgesim list
  plans=[...]          plans to compare, the first one being the baseline; default: the scenario's own
                       suggestion, else none, overtime, overflow_3pl, compensation,
                       warehouse_asked and all_hands
  replications=30      how often each plan meets newly drawn customers; not used with precision
  precision=null       0.02: as many replications as it takes to know the service level and the net
                       contribution of every plan so closely (half-width of the 95 % interval / mean); or
                       {{relative:0.02,kpis:[NAME],absolute:{{NAME:WIDTH}},at_least:10,at_most:1000,look_ahead:5}}
  seed=1               of all random numbers
  workers=null         processes on this machine; null: as many as there are cores
  compute=local        local: processes on this machine; serial: this process alone, to debug; dask: a Dask
                       cluster (needs surgesim[dask]). Results do not depend on it
  scheduler=null       address of a Dask scheduler (tcp://host:8786); null: a cluster on this machine
  baseline=null        plan that the others are held against; null: the first one
  report.lang=en       language of the page: en or zh_TW (Traditional Chinese)
  out=null             folder of the report; null: reports/compare/SCENARIO/TIME

{_OPTIONS}""",
    "sweep": f"""\
surgesim sweep: plans at many design points on the same customers, every run kept for the next question.

Usage: surgesim sweep 'sweep={{KEY:[VALUE,VALUE],...}}' [scenario=NAME] ['plans=[FIRST,SECOND,...]'] [OPTIONS]

Settings
  sweep={{...}}          figures and their values: {{demand.campaign.uplift:[2,3,4],plan.overtime.KEY:[1,2]}};
                       or a list of points: [{{KEY:VALUE,...}},{{...}}]
  design=null          grid (every combination), list, or latin (KEY:[LOW,HIGH] and points=N);
                       null: by what is given
  points=null          points of a Latin hypercube
  replications=10      how often each plan meets newly drawn customers, at every point
  precision=null       0.02: run each point until its KPIs are known so closely, relatively; or
                       {{relative:0.02,kpis:[NAME],absolute:{{NAME:WIDTH}},at_least:10,at_most:1000}}
  kpis=null            KPIs on the page beside those that matter most: [NAME,NAME]
{_OF_EXPERIMENTS}
{_OPTIONS}""",
    "select": f"""\
surgesim select: the best of several plans, with a stated probability of being right.

Usage: surgesim select [scenario=NAME] ['plans=[FIRST,SECOND,...]'] [KEY=VALUE ...] [OPTIONS]

Settings
  objective=net_contribution   KPI to be best in
  indifference=null    smallest difference that matters, in the objective's unit; null: 1 % of the baseline's
                       revenue, for shares 0.01, for others 5 % of the baseline's mean
  constraint={{...}}     what has to be kept, and how surely; null: nothing. By default
                       {{kpi:service_level_ship,level:null,probability:null,tolerance:0.05}}: the scenario's targets
                       (95 % on time in 90 % of all cases); plans within 0.05 of that may be called either
  sweep=null           variants to choose from too: {{plan.overtime.measures.floor.hours:[1,2,3]}}
  alpha=0.05           probability of a wrong choice that is accepted
  first_stage=10       replications from which variances are estimated
  at_most=1000         replications at which each stage gives up; nothing is guaranteed then
  fresh=30             new replications on which winner, runner-up and baseline are estimated
{_OF_EXPERIMENTS}
{_OPTIONS}""",  # noqa: S608 (a command, no SQL)
    "optimise": f"""\
surgesim optimise: the levels of a plan that cost least and keep the promise.

Usage: surgesim optimise 'levels={{KEY:[LOW,HIGH],...}}' [scenario=NAME] ['plans=[BASELINE,PLAN]'] [KEY=VALUE ...]

Settings
  levels={{...}}         figures that may move, of the plan (plan.overtime.measures.floor.hours) or of site, desk,
                       carriers, promise. [1,4] whole numbers, [1.0,4.0] a hundredth of the range apart,
                       {{low:1,high:4,step:0.5}}, or more than two values to choose from
  objective=total_cost KPI to be best in
  constraint={{...}}     what has to be kept, and how surely; null: nothing. By default the scenario's targets:
                       {{kpi:service_level_ship,level:null,probability:null}}
  trials=60            combinations to try; if there are no more than that, all of them
  first=5              replications of every combination
  most=40              replications of one that stays promising
  fresh=30             new replications on which the best is estimated
{_OF_EXPERIMENTS}
Needs Optuna: pip install 'surgesim[optimise]'

{_OPTIONS}""",
    "explain": f"""\
surgesim explain: which assumptions move the outcome, and what one more of each resource brings.

Usage: surgesim explain [scenario=NAME] ['plans=[FIRST,SECOND,...]'] [KEY=VALUE ...] [OPTIONS]

Settings
  only=null            [site,demand.campaign]: only figures below these paths; null: every assumption
  figures=null         ranges of your own: {{demand.campaign.uplift:[3,6]}}, beside those that sources name
                       or in place of them
  kpis=null            KPIs explained; null: [service_level_ship,net_contribution]
  replications=20      how often what matters meets newly drawn customers
  first_look=5         how often every figure does; what can't be among the largest is left there
  top=15               bars worth showing
  resources=true       whether to ask what one more worker, visit, place brings
  of=null              plan whose bars are shown; null: the one to be chosen
{_OF_EXPERIMENTS}
{_OPTIONS}""",
    "robust": f"""\
surgesim robust: plans in uncertain futures, and which one to choose when nobody knows which comes.

Usage: surgesim robust [scenario=NAME] ['plans=[FIRST,SECOND,...]'] [KEY=VALUE ...] [OPTIONS]

Settings
  futures=null         {{much:{{figures:{{demand.campaign.uplift:7}},weight:0.2}},as_planned:{{weight:0.8}}}};
                       null: as planned, demand at 70, 130 and 160 % of the forecast, the largest carrier
                       fails for a day, and a sixth of the staff is absent for three days
  kpis=null            what plans are chosen by; null: [net_contribution,service_level_ship]
  replications=20      how often every plan meets newly drawn customers, in every future
  fresh=null           further draws that what was chosen meets; null: as many; 0: none
  level=0.9            conditional value at risk: 0.9 looks at the worst tenth of all draws
{_OF_EXPERIMENTS}
{_OPTIONS}""",
    "ceiling": f"""\
surgesim ceiling: the largest campaign that meets the targets with a stated probability, per plan.

Usage: surgesim ceiling [scenario=NAME] ['plans=[FIRST,SECOND,...]'] [KEY=VALUE ...] [OPTIONS]

Settings
  by=uplift            what sizes are told in first: uplift, orders or revenue; low and high are in it too.
                       The size of an order file is demand.resample
  low=null high=null   smallest and largest size asked about; null: from ordinary orders (uplift 1) to 2.5
                       times what is planned
  points=7             sizes of the coarse grid; between two that agree nothing is looked for
  width=0.05           relative width of the bracket that is looked for
  constraint={{...}}     what has to be kept, and how surely; see: surgesim help select
  replications=8       draws of customers of the search; the first four (first=4) on the whole coarse grid
  fresh=10             new draws that confirm the bracket where the uncertainty of the uplift is integrated over
  at_most=120          new draws at which an end is given up where it is not (a sequential test says yes or no)
  alpha=0.05           probability of any wrong statement about the brackets that is accepted
  shapes=[as_planned]  the same sales in another time: longer, members_first, pre_orders; with
                       longer=2.0, members_first={{share:0.3,hours:24.0}}, pre_orders={{share:0.3,days:5.0}}
  binding=true         ask what binds at the ceiling, and what binds once there is twice as much of that
  worth=false          true: ask what one more of each resource adds to the ceiling
  of=null only=null    under which plan, and which resources: only=[picking,home.visit]; null: the plan of the
                       largest ceiling, all resources
{_OF_EXPERIMENTS}
{_OPTIONS}""",
    "needs": f"""\
surgesim needs: what a campaign needs of warehouse, carriers and desk, tuned and proven by simulation.

Usage: surgesim needs [scenario=NAME] ['plans=[NAME]'] [KEY=VALUE ...] [OPTIONS]

Settings
  scenario=mid_autumn  scenario whose campaign it is about
  plans=[none]         one plan, whose measures are in force all the time
  probability=null     of meeting all targets at once; null: targets.probability
  desk_goal=null       share of calls answered in time; null: the scorecards' goal; 0: not asked for
  carriers_goal=null   share of parcels that carriers deliver in time; null: the scorecards' goal; 0: not
                       asked for
  stock_goal=null      share of units supplied from stock; null: targets.fill_rate, or 0.97 without one;
                       0: not asked for
  stretch=week         people are booked by the week, or by the day
  tuning=60            replications of the search
  fresh=200            new replications of each attempt at a proof
  leads.floor_days=14  days ahead at which something is booked: floor_days, desk_days, pickups_days,
                       contract_days, site_days, oven_days
  leftover_share=0.2   of its cost what a unit loses that is left over and does not expire
  receiving_days=1     working days of the gate from arrival to the shelf
  today=null           date that the calendar and the workbook are of; null: the day of the report
  seed=1               of all random numbers
{_OF_LABORATORY}
Writes needs.json, needs.xlsx, needs.ics, tasks.csv and message.txt beside the page, and the scenario with the
needs met: scenario/prepared.yaml.

{_OPTIONS}""",
    "forecast": f"""\
surgesim forecast: what demand will be, with its own doubt, from the orders of the past.

Usage: surgesim forecast FILE [KEY=VALUE ...] [OPTIONS]

Settings
  FILE                 order file, or table of counts per day or week (date, orders): CSV, CSV.gz, Parquet
  horizon=null         days (or weeks) ahead; null: 28 days, or 8 weeks
  country=null         whose holidays count: two letters, such as TW; needs surgesim[forecast]
  campaigns=null       CSV: name,type,depth,start,end; past ones teach what planned ones bring
  outside=null         CSV: date and figures from outside (ads, an index), known for the days ahead too
  models=null          [regression,auto_ets,auto_theta,mstl,auto_arima]; null: all but the last that are there
  paths=200            sample paths, 2 to 1,000
  skus=0               of how many SKUs, the best-selling first, AutoETS may try its hand; the others are
                       forecast by Croston or naive; 0: no forecast by SKU
  budget_s=60 sku_budget_s=30  seconds for the backtest, and for AutoETS by SKU
  preset='' columns={{}}  of an order file, as in demand.preset and demand.columns; empty: told by the file
  measure=orders       of an order file: orders, lines or units
  freq=''              W: add days up to weeks
  gaps=refuse          missing days of a table of counts: refuse, zero (nothing was sold) or fill
  bad_rows=stop        skip: leave rows out that can't be read
  week_ends=false      true: dates of a weekly table are the last days of their weeks
  since=null until=null  first and last day to use
  timezone=UTC file_timezone=''  whose midnights begin a day; of times without an offset
  seed=1               of the sample paths
  report.lang=en       language of the page: en or zh_TW (Traditional Chinese)
  out=null             folder of the report; null: reports/forecast/FILE/TIME

Writes forecast.csv beside the page: surgesim compare demand.forecast=FOLDER/forecast.csv

{_OPTIONS_OF_FORECAST}""",
    "template": f"""\
surgesim template: a workbook that planners of all teams fill in.

Usage: surgesim template FILE.xlsx [lang=LANGUAGE] [example=SHOP] [replace=true]

Settings
  FILE.xlsx            file to write
  lang=en              headings, notes and drop-down lists in English (en) or Traditional Chinese (zh_TW)
  example=SHOP         filled in, to try it out: small_shop, or the cookie_shop of the tutorial
  replace=false        true: overwrite a file that is there

{_OPTIONS_OF_RESULTS}""",
    "intake": f"""\
surgesim intake: a filled-in workbook turned into a scenario of your own.

Usage: surgesim intake FILE.xlsx scenario=NAME [replace=true] [OPTIONS]

All mistakes are told at once by sheet and cell, and nothing is written until there are none. The scenario goes into
DIR/scenario/NAME.yaml, every intake is kept in DIR/intake/NAME, and a second one tells what changed since the last.

Settings
  FILE.xlsx            workbook, begun with: surgesim template FILE.xlsx
  scenario=NAME        name of the scenario to be made
  replace=false        true: replace a scenario of that name that was not made by intake, or was changed by hand
                       since; a copy of it is kept

{_OPTIONS_OF_INTAKE}""",
    "results": f"""\
surgesim results: what experiments found so far, without simulating.

Usage: surgesim results [FOLDER] [experiment=NAME] [export=FILE] [report=FOLDER [report.lang=zh_TW]]

Settings
  FOLDER               a result store; default: the one written to last below reports/store
  experiment=NAME      one of those listed; default: the last one
  export=FILE          every run of it as one tidy table: FILE.csv, FILE.xlsx or FILE.parquet
  report=FOLDER        write its report anew

{_OPTIONS_OF_RESULTS}""",
    "run": f"""\
surgesim run: one plan, one replication, with its full ledger and timeline.

Usage: surgesim run [scenario=NAME] [plan=NAME] [KEY=VALUE ...] [OPTIONS]

Settings
  scenario=double11    scenario to run; see: surgesim list
  plan=none            plan to run
  seed=1               of all random numbers
  replication=0        which draw of the customers, counted from 0
  report.lang=en       language of the page: en or zh_TW (Traditional Chinese)
  out=null             folder of the report; null: reports/run/SCENARIO/TIME

{_OPTIONS}""",
    "show": f"""\
surgesim show: the figures of a scenario and of plans, with units and sources.

Usage: surgesim show [scenario=NAME] [plan=NAME | 'plans=[FIRST,SECOND]'] [KEY=VALUE ...] [OPTIONS]

Settings
  scenario=double11    scenario to show
  plan=NAME            plan to show; without scenario=, the plan alone
  all=false            true: the figures too that stand at their defaults

{_OPTIONS}""",
    "list": f"""\
surgesim list: scenarios and plans, and what each is about.

Usage: surgesim list [OPTIONS]

{_OPTIONS_OF_LIST}""",
}


def text_for(topic: str) -> str:
    """Help on a command, or the overview."""
    if topic in _COMMANDS:
        return _COMMANDS[topic].rstrip()
    return f"{_OVERVIEW}\n{_OPTIONS}  -V, --version            version of surgesim".rstrip()
