"""Acts for one person that need more than a word: role, e-mail, payer; ways back in. They run in workers."""

from sage_tui.domain import emails
from sage_tui.domain.acts import Act, SetEmail, SetPayer, SetRole
from sage_tui.domain.units import NO_ORGANIZATION, Role
from sage_tui.domain.users import UserRow
from sage_tui.tui.screens.ask import Ask
from sage_tui.tui.screens.base import Page
from sage_tui.tui.screens.chooser import Choice, Chooser
from sage_tui.tui.screens.management import acting, bulk
from sage_tui.tui.screens.notice import Notice
from sage_tui.tui.text import Line, content

ROLES: tuple[tuple[SetRole, str, str], ...] = (
    (SetRole(Role.USER), "Member", "sees their own account only"),
    (SetRole(Role.ADMIN), "Administrator", "of their organization"),
    (SetRole(Role.ADMIN, read_only=True), "Administrator, read-only", "sees, exports, changes nothing"),
    (SetRole(Role.SUPER_ADMIN), "Platform operator", "of every organization; belongs to none"),
)


async def completed(page: Page, wish: bulk.Wish, user: UserRow) -> Act | None:
    """The act with what it needs asked for."""
    who = user.email
    match wish.name:
        case "role":
            choices: list[Choice[Act]] = [Choice(act, name, says) for act, name, says in ROLES]
            if user.organization_id == NO_ORGANIZATION:
                # An operator becomes a member of an organization by a move; here they are given a role where they are.
                choices = [choice for choice in choices if choice.value == SetRole(Role.SUPER_ADMIN)]
            return await page.app.push_screen_wait(Chooser(f"Role of {who}", choices))
        case "email":
            words = f"Instead of {who}. Their sessions end."
            return await page.app.push_screen_wait(
                Ask("E-mail address", words, lambda text: SetEmail(emails.parse(text, "email")))
            )
        case "payer":
            words = f"Whose purchases pay for {who}? Nothing: nobody else's."
            return await page.app.push_screen_wait(Ask("Payer", words, SetPayer, label="E-mail of the payer"))
    return await bulk.completed(page, wish, who)


async def help_back(page: Page, what: str, email: str) -> None:
    """A way back in: done at once; a password is shown once."""
    ways = page.console.services.ways_back
    if what == "password":
        given = await acting.stepped(page, lambda: ways.reset_password(email))
        if given:
            ((_, secret),) = given.value
            shown: list[Line] = [
                (f"{email} signs in with this password once, within 72 hours,",),
                ("and chooses another then. It is shown only now.",),
                ("",),
                ((secret.reveal(), "bold"),),
            ]
            await page.app.push_screen_wait(Notice("One-time password", shown))
        page.ask_all()
        return
    verb = {"unlock": ways.unlock, "mfa": ways.reset_mfa, "cac": ways.reset_cac}[what]
    done = await acting.stepped(page, lambda: verb(email))
    if done is None:
        return
    said = {
        "unlock": "may try again at once.",
        "mfa": "has no authenticator now: they enrol at the next sign-in.",
        "cac": "has no smart card bound any more.",
    }
    nothing = {"unlock": "", "mfa": "has no authenticator: nothing was done.", "cac": "has no smart card bound."}
    page.ask_all()
    page.say(content(f"{email} {said[what] if done.value.changed else nothing[what]}"))
