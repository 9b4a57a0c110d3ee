"""People of the demo who are always there, so that documents and tests can name them."""

from dataclasses import dataclass

from sage_tui.domain.units import Role


@dataclass(frozen=True, slots=True)
class Part:
    """Somebody of an organization (1 is Acme) or of none. `share` is this month's use of the allocation, per mille."""

    email: str
    given: str
    family: str
    department: str = ""
    role: Role = Role.USER
    allocation: int | None = None
    share: int = 0
    refused: int = 0
    """Calls refused since they were stopped."""
    mfa: bool = False
    read_only: bool = False
    paid: bool = True
    banned: bool = False
    verified: bool = True
    account: bool = False
    """Has the demo's password."""
    organization_id: int = 1


HOSTILE = "\u202eselbaT\u202c Z" + "\u0334" * 8 + "algo"
"""A name as the store takes it and no screen may draw it: it turns the direction and piles up marks."""

CAST: tuple[Part, ...] = (
    Part(
        "root@sage.example",
        "Rae",
        "Okafor",
        role=Role.SUPER_ADMIN,
        mfa=True,
        account=True,
        organization_id=0,
        paid=False,
    ),
    Part("admin@acme.example", "Grace", "Hopper", "Operations", Role.ADMIN, 1_000_000, 420, mfa=True, account=True),
    Part("member@acme.example", "Mika", "Virtanen", "Support", allocation=1_500_000, share=910, account=True),
    Part("new-admin@acme.example", "Nadia", "Haddad", "Finance", Role.ADMIN, 500_000, 120, account=True),
    Part("auditor@acme.example", "Otto", "Prüfer", "Finance", Role.ADMIN, 200_000, 0, mfa=True, read_only=True),
    Part("maria.oconnor@acme.example", "María", "O'Connor", "Research", allocation=2_000_000, share=1020),
    Part("ada@acme.example", "Ada", "Lovelace", "Research", allocation=1_500_000, share=910, mfa=True),
    Part("李伟@acme.example", "伟", "李", "研究開発", allocation=500_000, share=900),
    Part("tom@acme.example", "Tom", "Bauer", "Engineering", allocation=750_000, share=980),
    Part("lin@acme.example", "Lin", "Chen", "Sales", allocation=0),
    Part("sam.rivera@acme.example", "Sam", "Rivera", "Engineering", allocation=1_875_000, share=960),
    Part("eve@acme.example", "Eve", "Moreau", "Legal", allocation=500_000, share=380, banned=True),
    Part("kofi.mensah@acme.example", "Kofi", "Mensah", "Engineering", allocation=1_000_000, share=1004, refused=14),
    Part("yael.levi@acme.example", "יעל", "לוי", "Research", allocation=625_000, share=1000, refused=9),
    Part("bo@acme.example", "Bo", "Lindqvist", "Design", allocation=500_000, share=1011, refused=3),
    Part("new.starter@acme.example", "Ọlá", "Adébọ̀wálé", "Marketing", allocation=None, paid=False, verified=False),
    Part("bobby@umbra.example", "[@click=app.quit]Bobby[/]", HOSTILE, "Legal", allocation=250_000, organization_id=11),
)
"""In the order of their numbers: the platform operator is user 1."""
