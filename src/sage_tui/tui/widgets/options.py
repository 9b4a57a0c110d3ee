"""A list to choose from, one line an option; its cursor can be seen in every look."""

from rich.segment import Segment
from textual.strip import Strip
from textual.widgets import OptionList

MARK, NO_MARK = "› ", "  "


class Options(OptionList):
    """The option under the cursor is marked at its left and wears the cursor's style, reversed where no colour is.

    Textual's own list draws a highlighted option without its text style, so that without colours nothing is seen.
    """

    def _get_left_gutter_width(self) -> int:
        return len(MARK)

    def render_line(self, y: int) -> Strip:
        strip = super().render_line(y)
        number = y + self.scroll_offset.y
        if number >= self.option_count:
            return strip
        if number != self.highlighted:
            blank = Segment(NO_MARK, self.rich_style)
            return Strip([blank, *strip], strip.cell_length + len(MARK)).apply_meta({"option": number})
        style = self.get_component_rich_style("option-list--option-highlighted")
        return Strip([Segment(MARK + strip.text, style)]).apply_meta({"option": number})
