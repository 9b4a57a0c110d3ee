"""Who may do what: the one permission table. Documentation, tests, palette and services read it."""

from dataclasses import dataclass
from enum import StrEnum

from sage_tui.domain.actors import Actor, Door
from sage_tui.domain.units import Role


class Verb(StrEnum):
    """Every act: permission, audit action, command path and palette name in one."""

    HOME_SHOW = "home show"
    PROFILE_SET = "profile set"
    PASSWORD_CHANGE = "password change"
    MFA_BEGIN = "mfa begin"
    MFA_CONFIRM = "mfa confirm"
    RECOVERY_RENEW = "recovery renew"
    ADMIN_ENTER = "admin enter"
    ADMIN_LEAVE = "admin leave"
    STEP_UP = "admin step-up"
    SIGN_OUT = "sign-out"
    SESSION_TOUCH = "session touch"
    PREFERENCES = "preferences"

    TODAY = "today"
    USERS_LIST = "users list"
    USERS_SHOW = "users show"
    USERS_ADD = "users add"
    USERS_UNLOCK = "users unlock"
    USERS_RESET_MFA = "users reset-mfa"
    USERS_RESET_PASSWORD = "users reset-password"
    USERS_INVITE = "users invite"
    USERS_RESET_CAC = "users reset-cac"
    USERS_SET = "users set"
    USERS_DISABLE = "users disable"
    USERS_OFFBOARD = "users offboard"
    USERS_ROLE = "users role"
    USERS_MOVE = "users move"
    USERS_EMAIL = "users email"
    USERS_PAYER = "users payer"
    PLANS = "plans"
    BATCHES_LIST = "batches list"
    UNDO = "undo"
    DRAFTS = "drafts"
    DISTRIBUTION_STATUS = "distribution status"
    DISTRIBUTION_APPLY = "distribution apply"
    DISTRIBUTION_RUNS = "distribution runs"
    WHAT_IF = "distribution what-if"
    REBALANCE = "rebalance"
    OVERRIDES_LIST = "overrides list"
    OVERRIDES_SET = "overrides set"
    OVERRIDES_CLEAR = "overrides clear"
    RAISE = "raise"
    WHY = "why"
    POLICY_GET = "distribution policy get"
    POLICY_SET = "distribution policy set"
    REQUESTS_CREATE = "requests create"
    REQUESTS_WITHDRAW = "requests withdraw"
    REQUESTS_LIST = "requests list"
    REQUESTS_APPROVE = "requests approve"
    REQUESTS_DENY = "requests deny"
    REQUESTS_FITTING = "requests approve-fitting"
    AUTO_APPROVAL_GET = "auto-approval get"
    AUTO_APPROVAL_SET = "auto-approval set"
    PURCHASES_LIST = "purchases list"
    PURCHASES_REQUEST = "purchases request"
    IMPORT_USERS = "import users"
    EXPORT_USERS = "export users"
    EXPORT_MONTHLY = "export monthly"
    EXPORT_MODELS = "export models"
    EXPORT_DEPARTMENTS = "export departments"
    EXPORT_STATISTICS = "export statistics"
    EXPORT_REQUESTS = "export requests"
    EXPORT_ACTIVITY = "export activity"
    EXPORT_BATCHES = "export batches"
    EXPORT_REPORT = "export report"
    EXPORT_AUDIT = "export audit"
    REPORT = "report"
    VIEWS_LIST = "views list"
    VIEWS_SAVE = "views save"
    VIEWS_DELETE = "views delete"
    IDENTITIES_LIST = "identities list"
    IDENTITIES_ASSIGN = "identities assign"
    STATS = "stats"
    STATS_FORECAST = "stats forecast"
    ACTIVITY_LIST = "activity list"
    AUDIT_LIST = "audit list"

    AUDIT_VERIFY = "audit verify"
    AUDIT_ANCHOR = "audit anchor"
    ORGS_LIST = "orgs list"
    ORGS_ADD = "orgs add"
    ORGS_SET = "orgs set"
    IMPORT_USAGE = "import usage"
    CHECK = "check"
    USAGE_RECORD = "usage record"
    USAGE_RESERVE = "usage reserve"
    USAGE_SETTLE = "usage settle"
    USAGE_RELEASE = "usage release"
    USAGE_REVERSE = "usage reverse"
    USAGE_CREDIT = "usage credit"
    USAGE_RECHARGE = "usage recharge"
    SETTINGS_LIST = "settings list"
    SETTINGS_SET = "settings set"
    STATUS = "status"
    DOCTOR = "doctor"
    DOCTOR_REPAIR = "doctor repair"
    METRICS = "metrics"
    BACKUP = "backup"
    RESTORE = "restore"
    MFA_RESET = "mfa reset"


class Reach(StrEnum):
    """How far a verb goes for a role."""

    EVERYWHERE = "everywhere"
    ORGANIZATION = "own organization"
    SELF = "self"
    NOWHERE = "–"


@dataclass(frozen=True, slots=True)
class Permission:
    """One row of the table: the reach of each role, and what else the act needs."""

    user: Reach
    admin: Reach
    super_admin: Reach
    admin_mode: bool = True
    writes: bool = False
    step_up: bool = False
    host_only: bool = False
    says: str = ""

    def reach(self, role: Role) -> Reach:
        """The reach of a role."""
        return {Role.USER: self.user, Role.ADMIN: self.admin, Role.SUPER_ADMIN: self.super_admin}[role]


_SELF = (Reach.SELF, Reach.SELF, Reach.SELF)
_ADMIN = (Reach.NOWHERE, Reach.ORGANIZATION, Reach.EVERYWHERE)
_SUPER = (Reach.NOWHERE, Reach.NOWHERE, Reach.EVERYWHERE)

TABLE: dict[Verb, Permission] = {
    Verb.HOME_SHOW: Permission(*_SELF, admin_mode=False, says="see the own account"),
    Verb.PROFILE_SET: Permission(*_SELF, admin_mode=False, writes=True, says="change the own name, company, time zone"),
    Verb.PASSWORD_CHANGE: Permission(*_SELF, admin_mode=False, writes=True, says="change the own password"),
    Verb.MFA_BEGIN: Permission(*_SELF, admin_mode=False, writes=True, says="begin to enrol an authenticator"),
    Verb.MFA_CONFIRM: Permission(*_SELF, admin_mode=False, writes=True, says="confirm an authenticator"),
    Verb.RECOVERY_RENEW: Permission(*_SELF, admin_mode=False, writes=True, says="make new recovery codes"),
    Verb.ADMIN_ENTER: Permission(
        Reach.NOWHERE, Reach.SELF, Reach.SELF, admin_mode=False, writes=True, says="enter admin mode with a code"
    ),
    Verb.ADMIN_LEAVE: Permission(*_SELF, admin_mode=False, writes=True, says="leave admin mode"),
    Verb.STEP_UP: Permission(Reach.NOWHERE, Reach.SELF, Reach.SELF, writes=True, says="give a fresh code"),
    Verb.SIGN_OUT: Permission(*_SELF, admin_mode=False, writes=True, says="end the session"),
    Verb.SESSION_TOUCH: Permission(*_SELF, admin_mode=False, writes=True, says="keep the session alive"),
    Verb.PREFERENCES: Permission(*_SELF, admin_mode=False, writes=True, says="remember own columns and number style"),
    Verb.TODAY: Permission(*_ADMIN, says="see what needs attention"),
    Verb.USERS_LIST: Permission(*_ADMIN, says="see users and their balances"),
    Verb.USERS_SHOW: Permission(*_ADMIN, says="see one person's page"),
    Verb.USERS_ADD: Permission(*_ADMIN, writes=True, says="add people by e-mail"),
    Verb.USERS_UNLOCK: Permission(*_ADMIN, writes=True, says="lift the pause after failed sign-ins"),
    Verb.USERS_RESET_MFA: Permission(*_ADMIN, writes=True, step_up=True, says="remove a person's authenticator"),
    Verb.USERS_RESET_PASSWORD: Permission(*_ADMIN, writes=True, step_up=True, says="give a one-time password"),
    Verb.USERS_INVITE: Permission(
        *_ADMIN, writes=True, step_up=True, says="give one-time passwords to those who have never signed in, in a file"
    ),
    Verb.USERS_RESET_CAC: Permission(*_ADMIN, writes=True, step_up=True, says="take a person's smart card away"),
    Verb.USERS_SET: Permission(
        *_ADMIN, writes=True, says="change allocations, paid, banned, verified and department, one person or many"
    ),
    Verb.USERS_DISABLE: Permission(*_ADMIN, writes=True, says="disable people: they sign in and may not spend"),
    Verb.USERS_OFFBOARD: Permission(*_ADMIN, writes=True, says="offboard people who leave"),
    Verb.USERS_ROLE: Permission(*_SUPER, writes=True, step_up=True, says="change a person's role, also to read-only"),
    Verb.USERS_MOVE: Permission(*_SUPER, writes=True, says="move people to another organization, or to none"),
    Verb.USERS_EMAIL: Permission(*_SUPER, writes=True, step_up=True, says="change a person's e-mail address"),
    Verb.USERS_PAYER: Permission(*_SUPER, writes=True, says="say whose purchases pay for a person"),
    Verb.PLANS: Permission(*_ADMIN, writes=True, says="look at a plan before it is applied"),
    Verb.BATCHES_LIST: Permission(*_ADMIN, says="see batches: acts that may be undone"),
    Verb.UNDO: Permission(*_ADMIN, writes=True, says="undo a batch"),
    Verb.DRAFTS: Permission(*_ADMIN, admin_mode=False, writes=True, says="keep staged edits until they are saved"),
    Verb.DISTRIBUTION_STATUS: Permission(*_ADMIN, says="see the pools and what distributes them"),
    Verb.DISTRIBUTION_APPLY: Permission(
        *_ADMIN, writes=True, says="distribute: apply floors, share out, reclaim, rebalance"
    ),
    Verb.DISTRIBUTION_RUNS: Permission(*_ADMIN, says="see what the schedule did, and when it runs next"),
    Verb.WHAT_IF: Permission(*_ADMIN, says="replay last month's usage under other policies"),
    Verb.REBALANCE: Permission(*_SUPER, writes=True, says="do what is due: schedule, month's start, raises' ends"),
    Verb.OVERRIDES_LIST: Permission(*_ADMIN, says="see people's exceptions to the policy"),
    Verb.OVERRIDES_SET: Permission(*_ADMIN, writes=True, says="make an exception to the policy for a person"),
    Verb.OVERRIDES_CLEAR: Permission(*_ADMIN, writes=True, says="end a person's exception"),
    Verb.RAISE: Permission(*_ADMIN, writes=True, says="raise a limit until a date"),
    Verb.WHY: Permission(*_ADMIN, says="see why somebody has the limit they have"),
    Verb.POLICY_GET: Permission(*_ADMIN, says="see the distribution policy and its versions"),
    Verb.POLICY_SET: Permission(*_ADMIN, writes=True, says="change the distribution policy"),
    Verb.REQUESTS_CREATE: Permission(*_SELF, admin_mode=False, writes=True, says="ask for more tokens"),
    Verb.REQUESTS_WITHDRAW: Permission(*_SELF, admin_mode=False, writes=True, says="withdraw an own request"),
    Verb.REQUESTS_LIST: Permission(*_ADMIN, says="see requests for more tokens"),
    Verb.REQUESTS_APPROVE: Permission(*_ADMIN, writes=True, says="grant requests, also in part"),
    Verb.REQUESTS_DENY: Permission(*_ADMIN, writes=True, says="deny requests"),
    Verb.REQUESTS_FITTING: Permission(*_ADMIN, writes=True, says="grant all requests that fit, the oldest first"),
    Verb.AUTO_APPROVAL_GET: Permission(*_ADMIN, says="see and try the auto-approval rule"),
    Verb.AUTO_APPROVAL_SET: Permission(*_ADMIN, writes=True, says="change the auto-approval rule"),
    Verb.PURCHASES_LIST: Permission(*_ADMIN, says="see what administrators ask the operator for"),
    Verb.PURCHASES_REQUEST: Permission(*_ADMIN, writes=True, says="ask the operator for a larger pool"),
    Verb.IMPORT_USERS: Permission(*_ADMIN, writes=True, says="add people from a file"),
    Verb.EXPORT_USERS: Permission(*_ADMIN, writes=True, says="write users to a file"),
    Verb.EXPORT_MONTHLY: Permission(*_ADMIN, writes=True, says="write what was used, by month, to a file"),
    Verb.EXPORT_MODELS: Permission(*_ADMIN, writes=True, says="write what was used, by model, to a file"),
    Verb.EXPORT_DEPARTMENTS: Permission(*_ADMIN, writes=True, says="write what was used, by department, to a file"),
    Verb.EXPORT_STATISTICS: Permission(*_ADMIN, writes=True, says="write any view of Token Statistics to a file"),
    Verb.EXPORT_REQUESTS: Permission(*_ADMIN, writes=True, says="write requests for more tokens to a file"),
    Verb.EXPORT_ACTIVITY: Permission(*_ADMIN, writes=True, says="write model interactions to a file"),
    Verb.EXPORT_BATCHES: Permission(*_ADMIN, writes=True, says="write batches to a file"),
    Verb.EXPORT_REPORT: Permission(*_ADMIN, writes=True, says="write the report of a week or month to a file"),
    Verb.EXPORT_AUDIT: Permission(*_ADMIN, writes=True, says="write the audit chain to a file"),
    Verb.REPORT: Permission(*_ADMIN, says="read the report of a week or month"),
    Verb.VIEWS_LIST: Permission(*_ADMIN, says="see saved views"),
    Verb.VIEWS_SAVE: Permission(*_ADMIN, writes=True, says="save a view"),
    Verb.VIEWS_DELETE: Permission(*_ADMIN, writes=True, says="delete a view"),
    Verb.IDENTITIES_LIST: Permission(*_ADMIN, says="see gateway identities that belong to nobody"),
    Verb.IDENTITIES_ASSIGN: Permission(*_ADMIN, writes=True, says="assign a gateway identity to a person"),
    Verb.STATS: Permission(*_ADMIN, says="see what was used, by day, model, department and person"),
    Verb.STATS_FORECAST: Permission(*_ADMIN, says="see until when pools and allocations last"),
    Verb.ACTIVITY_LIST: Permission(*_ADMIN, says="see model interactions"),
    Verb.AUDIT_LIST: Permission(*_ADMIN, says="see administrative acts"),
    Verb.AUDIT_VERIFY: Permission(*_SUPER, says="verify the audit chains"),
    Verb.AUDIT_ANCHOR: Permission(*_SUPER, says="print the heads of the audit chains"),
    Verb.ORGS_LIST: Permission(*_ADMIN, says="see organizations"),
    Verb.ORGS_ADD: Permission(*_SUPER, writes=True, says="add an organization"),
    Verb.ORGS_SET: Permission(*_SUPER, writes=True, says="change an organization's time zone"),
    Verb.IMPORT_USAGE: Permission(*_ADMIN, writes=True, says="record usage from a file"),
    Verb.CHECK: Permission(*_ADMIN, says="ask whether a person may spend"),
    Verb.USAGE_RECORD: Permission(*_ADMIN, writes=True, says="record one call"),
    Verb.USAGE_RESERVE: Permission(*_ADMIN, writes=True, says="reserve tokens for a call"),
    Verb.USAGE_SETTLE: Permission(*_ADMIN, writes=True, says="say what a reserved call took"),
    Verb.USAGE_RELEASE: Permission(*_ADMIN, writes=True, says="give a reservation back"),
    Verb.USAGE_REVERSE: Permission(*_SUPER, writes=True, says="take usage back by counter-entries"),
    Verb.USAGE_CREDIT: Permission(*_SUPER, writes=True, says="give a person charged tokens back"),
    Verb.USAGE_RECHARGE: Permission(*_SUPER, writes=True, says="charge a model's calls anew after a wrong weight"),
    Verb.SETTINGS_LIST: Permission(*_ADMIN, says="see settings"),
    Verb.SETTINGS_SET: Permission(*_SUPER, writes=True, says="change a setting"),
    Verb.STATUS: Permission(*_SUPER, says="see the state of the database"),
    Verb.DOCTOR_REPAIR: Permission(
        *_SUPER, writes=True, host_only=True, says="set totals that differ to what they are sums of, on the host"
    ),
    Verb.METRICS: Permission(*_SUPER, says="see numbers of all organizations for monitoring"),
    Verb.BACKUP: Permission(*_SUPER, writes=True, host_only=True, says="copy the database into a file, on the host"),
    Verb.RESTORE: Permission(*_SUPER, writes=True, host_only=True, says="make the database of a backup, on the host"),
    Verb.DOCTOR: Permission(*_SUPER, says="check that the numbers are right"),
    Verb.MFA_RESET: Permission(*_SUPER, writes=True, host_only=True, says="remove authenticators, on the host"),
}


READ_ONLY_MAY = frozenset(
    {
        Verb.PASSWORD_CHANGE, Verb.MFA_BEGIN, Verb.MFA_CONFIRM, Verb.RECOVERY_RENEW, Verb.ADMIN_ENTER,
        Verb.ADMIN_LEAVE, Verb.STEP_UP, Verb.SIGN_OUT, Verb.SESSION_TOUCH, Verb.PREFERENCES, Verb.EXPORT_USERS,
        Verb.EXPORT_MONTHLY, Verb.EXPORT_MODELS, Verb.EXPORT_DEPARTMENTS, Verb.EXPORT_STATISTICS, Verb.EXPORT_REQUESTS,
        Verb.EXPORT_ACTIVITY, Verb.EXPORT_BATCHES, Verb.EXPORT_REPORT, Verb.EXPORT_AUDIT, Verb.PROFILE_SET,
    }
)  # fmt: skip
"""Writing verbs that a read-only administrator keeps: the own account, and exports (product.md: "sees, exports")."""


def why_not(actor: Actor, verb: Verb) -> str | None:
    """Why the actor may not use the verb; None when they may. Admin mode and step-up are asked in services."""
    permission = TABLE[verb]
    if permission.reach(actor.role) is Reach.NOWHERE:
        return (
            "Only platform operators may do this."
            if permission.admin is Reach.NOWHERE
            else "Only administrators may do this."
        )
    if permission.host_only and actor.door is not Door.HOST:
        return "This is done on the host's command line."
    if actor.read_only and permission.writes and verb not in READ_ONLY_MAY:
        return "You are read-only: you see and export, and change nothing."
    return None


def may(actor: Actor, verb: Verb) -> bool:
    """May the actor use the verb?"""
    return why_not(actor, verb) is None
