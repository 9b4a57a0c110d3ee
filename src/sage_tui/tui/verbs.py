"""What screens ask of the services: the verbs without their context, so that a screen is typed without importing them.

A test holds these signatures against the real functions. All of them block: they run in a thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # the first frame is drawn before any of these is imported
    from sage_tui.domain.activity import ActivityRow, AuditRow, Today
    from sage_tui.domain.paging import Ask, Count, Window
    from sage_tui.domain.secret import Secret
    from sage_tui.domain.sessions import Door, Enrolment, Home, RecoveryCodes, Session
    from sage_tui.domain.users import Identity, Organization, Person, Summary, UserRow, View


class IdentityVerbs(Protocol):
    """services/identity"""

    def door(self) -> Door: ...
    def sign_in(self, email: str, password: Secret) -> Session: ...
    def change_password(self, old: Secret, new: Secret) -> Session: ...
    def session(self) -> Session: ...
    def touch(self) -> Session: ...
    def sign_out(self) -> None: ...
    def lock(self) -> Session: ...


class MfaVerbs(Protocol):
    """services/mfa"""

    def enter_admin(self, code: str) -> Session: ...
    def demo_code(self, email: str = "") -> str | None: ...


class EnrolmentVerbs(Protocol):
    """services/enrolment"""

    def begin(self) -> Enrolment: ...
    def confirm(self, code: str, old_code: str = "") -> RecoveryCodes: ...
    def renew_recovery_codes(self, code: str) -> RecoveryCodes: ...


class HomeVerbs(Protocol):
    """services/home"""

    def home(self) -> Home: ...
    def set_profile(self, first_name: str, last_name: str, company: str, time_zone: str) -> Home: ...


class UsersVerbs(Protocol):
    """services/users"""

    def window(self, ask: Ask, organization_id: int | None = None) -> Window[UserRow]: ...
    def count(self, query: str, organization_id: int | None = None) -> Count: ...
    def summary(self, organization_id: int | None = None) -> Summary: ...
    def show(self, user_id: int | None = None, email: str = "") -> Person: ...


class ViewsVerbs(Protocol):
    """services/views"""

    def list_views(self, page: str) -> tuple[View, ...]: ...
    def save(self, page: str, view: View) -> None: ...
    def delete(self, page: str, name: str) -> None: ...


class PreferencesVerbs(Protocol):
    """services/preferences"""

    def get(self, key: str) -> str | None: ...
    def put(self, key: str, value: str) -> None: ...


class IdentitiesVerbs(Protocol):
    """services/identities"""

    def list_identities(self, organization_id: int | None = None) -> tuple[Identity, ...]: ...
    def assign(self, identity: str, email: str, source: str = "", organization_id: int | None = None) -> object: ...


class ActivityVerbs(Protocol):
    """services/activity"""

    def window(self, ask: Ask, organization_id: int | None = None) -> Window[ActivityRow]: ...
    def count(self, query: str, organization_id: int | None = None) -> Count: ...


class AuditVerbs(Protocol):
    """services/audit"""

    def window(self, ask: Ask, organization_id: int | None = None) -> Window[AuditRow]: ...
    def count(self, query: str, organization_id: int | None = None) -> Count: ...
    def about(self, user_id: int) -> tuple[AuditRow, ...]: ...


class TodayVerbs(Protocol):
    """services/today"""

    def today(self, organization_id: int | None = None) -> Today: ...


class OrganizationsVerbs(Protocol):
    """services/organizations"""

    def list_organizations(self) -> tuple[Organization, ...]: ...
