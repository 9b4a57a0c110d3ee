"""What the state machine of editing draws: acts, cells, whom and by whom; values are few, so that they meet."""

from hypothesis import strategies as st

from sage_tui.domain.acts import Disable, Offboard, SetFields
from sage_tui.domain.amounts import Amount, How
from sage_tui.domain.plans import Field
from tests.services.editing_model import TOKENS

amounts = st.one_of(
    st.sampled_from([0, 1, 400_000, 1_000_000, 2_000_001]).map(lambda n: Amount(How.SET, n)),
    st.sampled_from([-600_000, -1, 1, 700_000]).map(lambda n: Amount(How.ADD, n)),
    st.sampled_from([-10_000, -3_333, 2_500, 5_001]).map(lambda n: Amount(How.SCALE, n)),
    st.just(Amount(How.UNSET)),
)
maybe = st.none() | amounts
acts = st.one_of(
    st.builds(SetFields, inference=amounts, embedding=maybe),
    st.builds(SetFields, inference=maybe, embedding=amounts, paid=st.none() | st.booleans()),
    st.builds(SetFields, paid=st.booleans()),
    st.builds(SetFields, banned=st.booleans(), verified=st.none() | st.booleans()),
    st.builds(SetFields, department=st.sampled_from(["", "research", "Straße"]), paid=st.none() | st.booleans()),
    st.just(Disable()),
    st.just(Offboard()),
)
somebody = st.integers(0, 11)
actors = st.sampled_from(["host", "admin", "second"])
cells = st.one_of(
    st.tuples(
        somebody, st.sampled_from(TOKENS), st.sampled_from([None, 0, 300_000, 900_000, 1_500_000])
    ),
    st.tuples(somebody, st.just(Field.PAID), st.sampled_from([1, 1, 0])),
    st.tuples(somebody, st.sampled_from([Field.BANNED, Field.VERIFIED]), st.sampled_from([0, 1])),
    st.tuples(somebody, st.just(Field.DEPARTMENT), st.sampled_from(["", "a", "研究"])),
)  # fmt: skip
some = st.lists(cells, min_size=1, max_size=6)
