"""The four looks. The only place in Python that names colours; style sheets use the variables.

`focus` is the one accent and dresses only what has the focus. Near, bad and good colour words that also
carry a sign, so that nothing is told by colour alone. Monochrome knows no colour: reverse, bold, underline.
"""

from pathlib import Path

from textual.theme import Theme

STYLES = Path(__file__).parent / "styles"
"""Where the style sheets lie."""

DARK, LIGHT, CONTRAST, MONOCHROME = "sage-dark", "sage-light", "sage-high-contrast", "sage-monochrome"

LABELS = {
    DARK: "dark",
    LIGHT: "light",
    CONTRAST: "high contrast",
    MONOCHROME: "monochrome",
}


def _theme(name: str, *, dark: bool, **colours: str) -> Theme:
    """A theme of ground, ink, quiet ink, field, focus, ink on focus, near, bad, good and rest (a blurred cursor)."""
    c = colours
    return Theme(
        name=name,
        primary=c["focus"],
        secondary=c["focus"],
        accent=c["focus"],
        foreground=c["ink"],
        background=c["ground"],
        surface=c["ground"],
        panel=c["field"],
        warning=c["near"],
        error=c["bad"],
        success=c["good"],
        dark=dark,
        variables=_variables(c)
        | {
            "cursor-style": "none",
            "field-style": "none",
            "mark-style": "bold",
            "qr-dark": "#000000",
            "qr-light": "#ffffff",
            "qr-style": "none",
        },
    )


def _variables(c: dict[str, str]) -> dict[str, str]:
    return {
        **{key: c[key] for key in ("ink", "quiet", "field", "focus", "focus-ink", "near", "bad", "good", "rest")},
        "ground": c["ground"],
        "block-cursor-background": c["focus"],
        "block-cursor-foreground": c["focus-ink"],
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": c["rest"],
        "block-cursor-blurred-foreground": c["ink"],
        "block-cursor-blurred-text-style": "none",
        "block-hover-background": c["field"],
        "input-cursor-background": c["ink"],
        "input-cursor-foreground": c["ground"],
        "input-cursor-text-style": "none",
        "input-selection-background": c["rest"],
        "scrollbar": c["rest"],
        "scrollbar-hover": c["rest"],
        "scrollbar-active": c["quiet"],
        "scrollbar-background": c["ground"],
        "scrollbar-background-hover": c["ground"],
        "scrollbar-background-active": c["ground"],
        "scrollbar-corner-color": c["ground"],
        "button-focus-text-style": "none",
        "ansi-background": c["ground"],
        "ansi-foreground": c["ink"],
    }


THEMES: tuple[Theme, ...] = (
    _theme(
        DARK,
        dark=True,
        ground="#15171c",
        ink="#d6d9df",
        quiet="#9aa1ad",
        field="#23262e",
        focus="#8ab4f8",
        near="#e6c07b",
        bad="#f28b82",
        good="#a5d6a7",
        rest="#343945",
        **{"focus-ink": "#10131a"},
    ),
    _theme(
        LIGHT,
        dark=False,
        ground="#fbfbf8",
        ink="#22252b",
        quiet="#5c636e",
        field="#ecece6",
        focus="#1a56b4",
        near="#8a5a00",
        bad="#b3261e",
        good="#22663a",
        rest="#d9dbe0",
        **{"focus-ink": "#ffffff"},
    ),
    _theme(
        CONTRAST,
        dark=True,
        ground="#000000",
        ink="#ffffff",
        quiet="#ffffff",
        field="#1c1c1c",
        focus="#ffff00",
        near="#ffd75f",
        bad="#ff8787",
        good="#87ff87",
        rest="#4e4e4e",
        **{"focus-ink": "#000000"},
    ),
    Theme(
        name=MONOCHROME,
        primary="ansi_default",
        foreground="ansi_default",
        background="ansi_default",
        dark=True,
        ansi=True,
        variables=_variables(
            dict.fromkeys(
                ("ground", "ink", "quiet", "field", "focus", "focus-ink", "near", "bad", "good", "rest"), "ansi_default"
            )
        )
        | {
            "cursor-style": "reverse",
            "field-style": "underline",
            "mark-style": "bold",
            "qr-dark": "ansi_default",
            "qr-light": "ansi_default",
            "qr-style": "reverse",
            "block-cursor-text-style": "reverse",
            "block-cursor-blurred-text-style": "underline",
            "input-cursor-text-style": "reverse",
            "button-focus-text-style": "reverse",
        },
    ),
)
